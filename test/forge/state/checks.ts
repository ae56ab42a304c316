import type { User } from './people.ts';

export type CheckStatus = 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';
export type Conclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required';
export type Annotation = {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: string;
  message: string;
};
export type CheckRun = {
  id: number;
  suite: number;
  name: string;
  headSha: string;
  status: CheckStatus;
  conclusion: Conclusion | null;
  startedAt: string | null;
  completedAt: string | null;
  externalId: string;
  detailsUrl: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: Annotation[];
  app: string;
};
export type CommitStatus = {
  id: number;
  sha: string;
  state: 'error' | 'failure' | 'pending' | 'success';
  context: string;
  description: string | null;
  targetUrl: string | null;
  user: User;
  createdAt: string;
};

export type DeploymentState =
  | 'error'
  | 'failure'
  | 'inactive'
  | 'in_progress'
  | 'queued'
  | 'pending'
  | 'success';
export type DeploymentStatus = {
  id: number;
  state: DeploymentState;
  user: User;
  description: string;
  environmentUrl: string;
  logUrl: string;
  createdAt: string;
};
export type Deployment = {
  id: number;
  sha: string;
  ref: string;
  task: string;
  payload: unknown;
  environment: string;
  description: string | null;
  user: User;
  createdAt: string;
  updatedAt: string;
  statuses: DeploymentStatus[];
};
