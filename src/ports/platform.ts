import type { Actor } from '../core/events/envelope.ts';

export type PlatformId =
  | 'github'
  | 'gitlab'
  | 'gitea'
  | 'forgejo'
  | 'bitbucket'
  | 'azure-devops'
  | 'plain-git';
export type Permission = 'none' | 'read' | 'triage' | 'write' | 'admin';

/** What a platform can do, as data: steps ask here and never try and catch. */
export type PlatformCapabilities = {
  /** `commit`: every write to an issue is a commit on the default branch, so progress is written at turning points only. */
  issueWrites: 'api' | 'commit';
  reactions: boolean;
  draftPulls: boolean;
  reviewers: boolean;
  checks: boolean;
  deployments: boolean;
  mergeMethods: readonly MergeMethod[];
  /** Whether a merge is bound to the expected head by the platform itself. */
  expectedHead: 'atomic' | 'checked';
};

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export type Comment = {
  id: string;
  author: Actor;
  createdAt: string;
  editedAt: string | null;
  body: string /** Set on comments Tamma keeps up to date: they are no input. */;
  marker: string | null;
};

/** An issue as the platform gives it: every text in it is untrusted. `number` is positive and final. */
export type Issue = {
  number: number;
  title: string;
  body: string;
  labels: readonly string[];
  state: 'open' | 'closed';
  assignees: readonly string[];
  author: string;
  /** Smaller comes first; null where nobody set one. */
  priority: number | null;
  createdAt: string;
  updatedAt: string;
  url: string;
  comments: readonly Comment[];
};

/** A change of one issue, applied as one write where the platform can. Everything in it converges: repeating it changes nothing. */
export type IssueChange = {
  assign?: 'self';
  addLabels?: readonly string[];
  removeLabels?: readonly string[];
  /** One comment per marker: created, or edited in place. The marker is hidden from readers. */
  comment?: { marker: string; body: string };
  close?: { reason: string };
};

export type Pull = {
  number: number;
  url: string;
  branch: string;
  base: string;
  head: string;
  state: 'open' | 'merged' | 'closed';
  draft: boolean;
  title: string;
  body: string;
  labels: readonly string[];
  /** The commit on the base branch, once merged. */
  mergeSha: string | null;
};

export type PullDraft = {
  issue: number;
  branch: string;
  base: string;
  head: string;
  title: string;
  body: string;
  draft: boolean;
  labels: readonly string[];
};

export type MergeRequest = {
  number: number;
  method: MergeMethod;
  /** The merge happens only if this is the head of the pull request at that moment. */
  expectedHead: string;
  title: string;
  body: string;
};

export type MergeResult =
  | { status: 'merged'; mergeSha: string; already: boolean }
  | { status: 'head-moved'; head: string }
  | { status: 'conflict'; files: readonly string[] }
  | { status: 'not-allowed'; reason: string };

export type BranchWrite = {
  name: string;
  /** A commit that is in the local object database. */
  head: string;
  /** What the branch must point to now; null: it must not exist. */
  expected: string | null;
};

export type BranchWriteResult =
  | { status: 'written'; already: boolean }
  | { status: 'moved'; head: string | null };

export interface IssuePort {
  /** Open issues that carry one of `labels.include` and none of `labels.exclude`. */
  list(filter: { include: readonly string[]; exclude: readonly string[] }): Promise<Issue[]>;
  /** Throws ISSUE_NOT_FOUND, ISSUE_INVALID. */
  get(number: number): Promise<Issue>;
  /** Converges and answers with what it read back. */
  update(number: number, change: IssueChange): Promise<Issue>;
  /** Creates an issue once per `marker`. */
  ensure(draft: { marker: string; title: string; body: string; labels: readonly string[] }): Promise<Issue>;
}

export interface PullPort {
  find(branch: string): Promise<Pull | undefined>;
  /** Creates the pull request of this branch, or brings the open one to this form. */
  ensure(draft: PullDraft): Promise<Pull & { created: boolean }>;
  /** May be repeated: a pull request already merged at `expectedHead` answers `merged` with `already`. */
  merge(request: MergeRequest): Promise<MergeResult>;
}

export interface BranchPort {
  /** Name and head of the default branch, read now, with its commit in the local object database. */
  getDefault(): Promise<{ name: string; head: string }>;
  /** The branch's head as the platform has it now, its commits fetched; undefined if there is no such branch. */
  find(name: string): Promise<string | undefined>;
  /** Compare-and-swap, read back. May be repeated. */
  write(write: BranchWrite): Promise<BranchWriteResult>;
  /** Deletes if it points to `expected`; a branch that is gone is fine. */
  remove(name: string, expected: string): Promise<BranchWriteResult>;
}

export type Check = {
  name: string;
  status: 'pending' | 'passed' | 'failed' | 'skipped';
  url?: string;
  log?: string;
};

export interface CiPort {
  checks(head: string): Promise<Check[]>;
}

export interface ActorPort {
  /** Who Tamma is here, for assignments and commits. Throws GIT_IDENTITY_MISSING where that cannot be told. */
  self(): Promise<Actor & { name: string; email: string }>;
  /** Read from the platform at this moment. Anything that goes wrong is `none`. */
  permission(actor: Pick<Actor, 'id' | 'login'>): Promise<Permission>;
}

export interface Platform {
  readonly id: PlatformId;
  /** Host and repository, for people and digests, without credentials. */
  readonly repository: string;
  readonly capabilities: PlatformCapabilities;
  readonly issues: IssuePort;
  readonly pulls: PullPort;
  readonly branches: BranchPort;
  readonly actors: ActorPort;
  readonly ci?: CiPort;
}
