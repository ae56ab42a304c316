import type { BranchApi } from './branch-api.ts';
import type { BranchPort, RulePort } from './platform/branches.ts';
import type { CiPort, DeploymentPort, DispatchPort } from './platform/ci.ts';
import type { CommentPort, IssuePort, LabelPort, ReactionPort } from './platform/issues.ts';
import type { ActorPort } from './platform/people.ts';
import type { MergeMethod, PullPort, ReviewPort } from './platform/pulls.ts';

export type PlatformId =
  | 'github'
  | 'gitlab'
  | 'gitea'
  | 'forgejo'
  | 'bitbucket'
  | 'azure-devops'
  | 'plain-git';

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
  /** `signed`: the platform can make small commits itself and sign them (`branches.commit`). Absent: by push only. */
  commit?: 'push' | 'signed';
};

/** What this process has asked of the platform so far, and what is left. */
export type PlatformUsage = {
  requests: number;
  /** Of these, requests that create or change something. */
  writes: number;
  remaining: number | null;
  resetAt: string | null;
};

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
  readonly comments?: CommentPort;
  readonly reactions?: ReactionPort;
  readonly reviews?: ReviewPort;
  readonly dispatch?: DispatchPort;
  readonly deployments?: DeploymentPort;
  readonly labels?: LabelPort;
  readonly rules?: RulePort;
  /** Branches without git. */
  readonly branchApi?: BranchApi;
  usage?(): PlatformUsage;
}
