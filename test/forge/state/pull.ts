import type { Reaction, TokenKind, User } from './people.ts';

export type Side = 'LEFT' | 'RIGHT';
export type ReviewComment = {
  id: number;
  thread: number;
  review: number;
  user: User;
  kind: TokenKind;
  body: string;
  path: string;
  line: number | null;
  startLine: number | null;
  side: Side;
  commit: string;
  createdAt: string;
  updatedAt: string;
  reactions: Reaction[];
};
export type Thread = { id: number; isResolved: boolean; resolvedBy: User | null; comments: ReviewComment[] };
export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
export type Review = {
  id: number;
  user: User;
  body: string;
  state: ReviewState;
  commit: string;
  submittedAt: string;
};
export type MergeMethod = 'merge' | 'squash' | 'rebase';
export type AutoMerge = { by: User; kind: TokenKind; method: MergeMethod; title: string; message: string };

export type QueueEntry = {
  id: number;
  by: User;
  enqueuedAt: string;
  jump: boolean;
  /** The commit that is tried: the pull request's head on top of its base. */
  group: { sha: string; ref: string; base: string; head: string } | null;
  /** Nothing happens to it before the request that made it is over. */
  isNew: boolean;
};

export type Pull = {
  id: number;
  head: string;
  headSha: string;
  base: string;
  baseSha: string;
  draft: boolean;
  mergedAt: string | null;
  mergedBy: User | null;
  mergeSha: string | null;
  requestedReviewers: User[];
  reviews: Review[];
  threads: Thread[];
  autoMerge: AutoMerge | null;
  /** Its place in the merge queue of its base. */
  queued: QueueEntry | null;
  /** How many reads still answer that mergeability is being computed. */
  computing: number;
};

export type Protection = {
  requiredReviews: number;
  requiredChecks: string[];
  /** The branch must be up to date with its base. */
  strict: boolean;
  requireConversationResolution: boolean;
  enforceAdmins: boolean;
  allowForcePushes: boolean;
  allowDeletions: boolean;
  /** Nobody pushes: changes come through pull requests. Reviews or checks imply it. */
  requirePull: boolean;
  /** A push takes approvals away. */
  dismissStale?: boolean;
};

/** One rule of a ruleset, in the API's own words. */
export type Rule = { type: string; parameters?: Readonly<Record<string, unknown>> };
export type Ruleset = {
  id: number;
  name: string;
  target: 'branch' | 'tag' | 'push';
  enforcement: 'active' | 'evaluate' | 'disabled';
  /** Patterns of refs; `~DEFAULT_BRANCH` and `~ALL` too. */
  include: string[];
  rules: Rule[];
  createdAt: string;
};
