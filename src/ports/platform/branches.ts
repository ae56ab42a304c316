import type { MergeMethod } from './pulls.ts';

export type BranchWrite = {
  name: string;
  /** A commit that is in the local object database. */
  head: string;
  /** What the branch must point to now; null: it must not exist. */
  expected: string | null;
};

export type PlatformFile = { content: string | Uint8Array; mode: '100644' | '100755' | '120000' };

/** A commit that the platform itself makes: whole files by path, null deletes. */
export type PlatformCommit = {
  name: string;
  expected: string;
  message: string;
  files: ReadonlyMap<string, PlatformFile | null>;
};

export type PlatformCommitResult =
  | { status: 'written'; head: string }
  | { status: 'moved'; head: string | null }
  /** Only git can carry this: a mode the platform cannot say, too many files, too many bytes. Nothing was written. */
  | { status: 'unfit'; reason: string };

export type BranchWriteResult =
  | { status: 'written'; already: boolean }
  | { status: 'moved'; head: string | null };

export interface BranchPort {
  /** Name and head of the default branch, read now, with its commit in the local object database. */
  getDefault(): Promise<{ name: string; head: string }>;
  /** The branch's head as the platform has it now, its commits fetched; undefined if there is no such branch. */
  find(name: string): Promise<string | undefined>;
  /** Makes a commit of the repository be in the local object database; false where there is no such commit. */
  bring(sha: string): Promise<boolean>;
  /** Compare-and-swap, read back. May be repeated. */
  write(write: BranchWrite): Promise<BranchWriteResult>;
  /** Deletes if it points to `expected`; a branch that is gone is fine. */
  remove(name: string, expected: string): Promise<BranchWriteResult>;
  /** Made and signed by the platform on top of `expected`; the commit is in the local object database then. */
  commit?(commit: PlatformCommit): Promise<PlatformCommitResult>;
}

/** What the platform itself demands before something is merged into a branch, as far as our token may see it. */
export type BranchRules = {
  /** Approving reviews; 0 where none are asked for. */
  requiredApprovals: number;
  /** A push takes approvals away, so that what is merged in the end is what was approved. False where nobody tells. */
  approvalsEndWithPush: boolean;
  /** Names of checks that have to report success. */
  requiredChecks: readonly string[];
  /** The head has to hold the newest commit of the branch. */
  upToDate: boolean;
  resolvedThreads: boolean;
  signedCommits: boolean;
  /** Merges go through a queue of the platform's. */
  mergeQueue: boolean;
  /** Methods by which a pull request may be merged here, the most usual first. */
  mergeMethods: readonly MergeMethod[];
};

export interface RulePort {
  /** Read now. */
  of(branch: string): Promise<BranchRules>;
}
