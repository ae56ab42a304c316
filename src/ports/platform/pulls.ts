import type { Actor } from '../../core/events/envelope.ts';
import type { Comment } from './issues.ts';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

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
  /** Who opened it, where the platform says so. */
  author?: Pick<Actor, 'id' | 'login'>;
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
  /** Logins to ask for a review, once each, where the platform has reviewers. */
  reviewers?: readonly string[];
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
  /** The rules want the newest commit of the base in it first. */
  | { status: 'outdated' }
  | { status: 'not-allowed'; reason: string };

export interface PullPort {
  find(branch: string): Promise<Pull | undefined>;
  /**
   * Creates the pull request of this branch, or brings the open one to this form: also from draft to ready for review,
   * and never back.
   */
  ensure(draft: PullDraft): Promise<Pull & { created: boolean }>;
  /**
   * May be repeated: a pull request already merged at `expectedHead` answers `merged` with `already`. Throws
   * PLATFORM_PENDING where the platform merges later by itself (a queue, auto-merge) or waits for others to fulfil its
   * rules: a later call tells.
   */
  merge(request: MergeRequest): Promise<MergeResult>;
  /** Takes back a merge of ours that was left to the platform. May be repeated, also where nothing was. */
  withdraw?(number: number): Promise<void>;
}

export type Review = {
  id: string;
  author: Actor;
  state: 'approved' | 'changes-requested' | 'commented' | 'dismissed';
  /** The commit that was looked at. */
  head: string;
  body: string;
  submittedAt: string;
};

/** Comments on one place of the change; `line` is null where that place is gone. */
export type ReviewThread = {
  id: string;
  path: string;
  line: number | null;
  resolved: boolean;
  comments: readonly (Comment & { reviewId: string | null })[];
};

export interface ReviewPort {
  /** All that were submitted, oldest first. */
  list(pull: number): Promise<Review[]>;
  threads(pull: number): Promise<ReviewThread[]>;
  /** Says `body` in the thread once per `marker`, and closes the thread. May be repeated. */
  resolve(request: { pull: number; thread: string; marker: string; body: string }): Promise<void>;
}
