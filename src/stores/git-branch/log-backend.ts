import type { NewObject } from '../../lib/git-object-format.ts';
import type { GitObject } from '../../lib/git-object-reader.ts';

export type BranchMove = {
  /** Null: the branch must not exist yet. */
  from: string | null;
  to: string;
  /** Everything that is new in `to`. */
  objects: readonly NewObject[];
};

export type PublishOutcome =
  | { status: 'published' }
  /** Not moved: another append was first. */
  | { status: 'raced'; reason: string }
  /** Not moved: the ref could not be locked, for a moment or for good. `lock`: the file, where git named it. */
  | { status: 'locked'; reason: string; lock?: string }
  /** The connection was lost: the branch may have moved or not. */
  | { status: 'unknown'; reason: string };

export type HistoryEntry = {
  commit: string;
  parents: readonly string[];
  /** Values of the trailers Tamma-Position and Tamma-Hash; empty if there are none. */
  position: string;
  hash: string;
  /** Paths changed against the parent, with git's status letter. Empty for merges. */
  changes: readonly { status: string; path: string }[];
};

/** One branch of one repository, for whoever keeps a log on it: objects, and a compare-and-swap of the branch. */
export interface LogBackend {
  /** For people, without credentials. */
  readonly place: string;
  /**
   * The commit the branch points to now, readable from here on; null if there is no branch. Throws LOG_UNREACHABLE
   * (`details.transient` if trying again may help) and LOG_CORRUPT where the branch went back on what it held.
   */
  sync(): Promise<string | null>;
  /** By id or as `<commit>:<path>`; undefined if it is not there. */
  read(name: string): Promise<GitObject | undefined>;
  /** Throws LOG_REFUSED, LOG_UNREACHABLE, LOG_DISK_FULL where trying again is of no use. */
  publish(move: BranchMove): Promise<PublishOutcome>;
  /** Newest first. */
  history(commit: string): Promise<HistoryEntry[]>;
  close(): void;
}
