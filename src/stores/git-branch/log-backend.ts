import type { NewObject, ObjectFormat } from '../../lib/git-object-format.ts';
import type { GitObject } from '../../lib/git-object-reader.ts';
import type { TreeChange } from '../../lib/git-tree-edit.ts';

export type { GitObject };

/** A ref under `refs/tamma/inbox/`: a batch that waits for whoever wins the next race (parked-batch.ts). */
export type ParkedRef = { ref: string; id: string };

/** What was there at one moment. `commit` is null if there is no branch. */
export type Sync = { commit: string | null; parked: readonly ParkedRef[] };

export type BranchMove = {
  /** Null: the branch must not exist yet. */
  from: string | null;
  to: string;
  /** Everything that is new in `to`, the commit last. */
  objects: readonly NewObject[];
  /** The same by path from the root, for servers that make commits of their own; new blobs are among `objects`. */
  changes: ReadonlyMap<string, TreeChange>;
  message: string;
  /** Parked batches that this move takes along: their refs end with it, all or nothing. */
  taken: readonly ParkedRef[];
};

export type PublishOutcome =
  /** `commit`: where the server made one of its own. */
  | { status: 'published'; commit?: string }
  /** Not moved: another append was first. */
  | { status: 'raced'; reason: string }
  /** Not moved: the ref could not be locked, for a moment or for good. `lock`: the file, where git named it. */
  | { status: 'locked'; reason: string; lock?: string }
  /** The connection was lost: the branch may have moved or not. */
  | { status: 'unknown'; reason: string };

/** One branch of one repository, for whoever keeps a log on it: objects by id, and a compare-and-swap of the branch. */
export interface LogBackend {
  /** For people, without credentials. */
  readonly place: string;
  /**
   * The commit the branch points to now, readable from here on, as are the commits between it and `known`. Throws
   * LOG_UNREACHABLE (`details.transient` if trying again may help) and LOG_CORRUPT where the branch went back on what
   * this machine has seen of it. `stop`: whether the parked batches say enough; then the commit stays where it was and
   * nothing is fetched.
   */
  sync(known: string | null, stop?: (parked: readonly ParkedRef[]) => boolean): Promise<Sync>;
  /**
   * Objects by id; those that are nowhere are not in the answer. A batch of ids is one round. `below`: and everything
   * below the trees among them, in the same round. Throws LOG_CORRUPT at a damaged object.
   */
  read(ids: readonly string[], options?: { below?: boolean }): Promise<Map<string, GitObject>>;
  /** How the repository names its objects: asked for a branch that is not there yet. */
  findFormat(): Promise<ObjectFormat>;
  /** Throws LOG_REFUSED, LOG_UNREACHABLE, LOG_DISK_FULL where trying again is of no use. */
  publish(move: BranchMove): Promise<PublishOutcome>;
  /** Makes a ref that must not exist; absent where parking is of no use. */
  park?(batch: ParkedRef & { objects: readonly NewObject[] }): Promise<PublishOutcome>;
  /** Removes refs, whatever became of them meanwhile. */
  unpark?(refs: readonly ParkedRef[]): Promise<void>;
  /** A repository on this machine that holds this commit with its whole history, for whoever checks all of it. */
  clone(commit: string): Promise<{ gitDirectory: string }>;
  close(): void;
}
