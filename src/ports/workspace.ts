import type { Sha } from './repository.ts';

export type FileMatch = { path: string; line: number; text: string };

/**
 * The files of one issue in a folder of their own: no `.git` inside, never the user's checkout. Every path goes
 * through one policy: relative, normalised, inside, no link out, no hard link, no device, size caps. Paths that break
 * it throw PATH_REFUSED. The controller touches the folder only while no sandboxed process is alive.
 */
export interface Workspace {
  readonly directory: string;
  /** Makes the folder exactly the files of this commit. Ignored files (installed dependencies) stay if they can. May be repeated. */
  reset(commit: Sha): Promise<void>;
  /** Tracked and untracked files that are not ignored, sorted, without links. `glob` is picomatch syntax. */
  listFiles(glob?: string): Promise<string[]>;
  /** UTF-8 text, at most 1 MiB. */
  readText(path: string): Promise<string>;
  hasFile(path: string): Promise<boolean>;
  search(pattern: string, options?: { glob?: string; limit?: number }): Promise<FileMatch[]>;
  writeText(path: string, content: string): Promise<void>;
  deleteFile(path: string): Promise<void>;
  /** Writes what stands in the folder as a tree. Links and nested repositories throw PATH_REFUSED. */
  snapshot(): Promise<Sha>;
  /** The bytes of a file that may be ignored by git (a coverage report); undefined if absent. */
  readReport(path: string): Promise<string | undefined>;
}
