import type { ArchivedPart } from '../core/events/archived-part.ts';

export type { ArchivedPart };

/** A place for old parts of a log: a folder that somebody keeps, mounts or uploads. */
export interface ArchiveFiles {
  /** For people. */
  readonly place: string;
  /** Whole or not at all, and on disk when it answers. What has the name already is replaced. */
  write(name: string, content: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }>;
  /** Undefined where there is no such file. */
  read(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** `before`: a month such as `2026-01`; what was written in months before it is moved, as far as it is over. */
export type ArchiveRequest = { before: string; files: ArchiveFiles };

/** The old part of a log, elsewhere. The log keeps what the chain needs, so that what comes after can be checked. */
export interface LogArchive {
  /** From position 1 on, without gaps. */
  parts(): Promise<readonly ArchivedPart[]>;
  /** What `move` would move: months, and how many events they hold. */
  plan(before: string): Promise<readonly { month: string; first: number; last: number }[]>;
  /**
   * Writes, reads back and compares, and only then takes it out of the log, by an ordinary append of no events. May be
   * repeated. Throws ARCHIVE_FAILED and what appending throws; the log is then what it was.
   */
  move(request: ArchiveRequest): Promise<readonly ArchivedPart[]>;
}
