import type { CheckStatus, Conclusion, Deployment } from './checks.ts';
import type { Actor, User } from './people.ts';
import type { Json } from './world.ts';

export type RunStatus = 'queued' | 'in_progress' | 'completed' | 'pending' | 'waiting';
/** A run of a workflow; its jobs' check runs carry the same ids. */
export type Run = {
  id: number;
  suite: number;
  workflow: number;
  path: string;
  name: string;
  number: number;
  attempt: number;
  event: string;
  actor: Actor;
  headBranch: string;
  headSha: string;
  status: RunStatus;
  conclusion: Conclusion | 'startup_failure' | null;
  title: string;
  createdAt: string;
  updatedAt: string;
  jobs: Job[];
  /** Somebody wants it to end; `force`: at once. */
  cancelling: 'gently' | 'force' | null;
  /** Why it could not start. */
  problem: string | null;
  /** What the run was started with: `github.event` of its jobs. */
  payload: Json;
};
export type Job = {
  id: number;
  name: string;
  status: CheckStatus;
  conclusion: Conclusion | null;
  startedAt: string;
  completedAt: string | null;
  steps: { name: string; conclusion: Conclusion }[];
  log: string;
};
/** A job that waits for a review of its deployment. */
export type Gate = {
  run: number;
  environment: number;
  deployment: Deployment;
  decide(decision: 'approved' | 'rejected'): void;
};
/** Claims of a job's OIDC tokens that do not depend on the moment. */
export type Identity = { audience: string; subject: string; claims: Json };

export type Workflow = { id: number; path: string; state: 'active' | 'disabled_manually' };
export type Artifact = { id: number; run: number; name: string; directory: string; createdAt: string };

export type Environment = {
  id: number;
  name: string;
  /** People of whom one must agree before a job starts. */
  reviewers: User[];
  preventSelfReview: boolean;
  /** Null: every branch; `protected`: protected ones; a list: patterns of names. */
  branches: 'protected' | string[] | null;
  secrets: Map<string, string>;
  variables: Map<string, string>;
  createdAt: string;
};
