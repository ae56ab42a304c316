import type { GitStore } from '../git/store.ts';
import type { CheckRun, CommitStatus, Deployment } from './checks.ts';
import type { Issue, Label } from './issue.ts';
import type { Actor, App, Level, Role, Token, User } from './people.ts';
import type { Protection, Ruleset } from './pull.ts';
import type { Artifact, Environment, Gate, Identity, Run, Workflow } from './runs.ts';

export type Json = Record<string, unknown>;

export type RepositorySettings = {
  allowMerge: boolean;
  allowSquash: boolean;
  allowRebase: boolean;
  allowAutoMerge: boolean;
  deleteBranchOnMerge: boolean;
  /** "Allow GitHub Actions to create and approve pull requests". */
  actionsMayOpenPulls: boolean;
  actionsEnabled: boolean;
  allowedActions: 'all' | 'local_only' | 'selected';
  shaPinningRequired: boolean;
  /** Of GITHUB_TOKEN where a workflow asks for nothing. */
  defaultPermissions: Level;
  /** How many reads of a new or moved pull request answer `mergeable: null`. GitHub's first one always does. */
  mergeabilityReads: number;
};

export type Repository = {
  id: number;
  owner: User;
  name: string;
  fullName: string;
  isPrivate: boolean;
  defaultBranch: string;
  createdAt: string;
  git: GitStore;
  settings: RepositorySettings;
  lastNumber: number;
  issues: Map<number, Issue>;
  labels: Label[];
  collaborators: Map<string, Role>;
  protections: Map<string, Protection>;
  rulesets: Ruleset[];
  checkRuns: CheckRun[];
  statuses: CommitStatus[];
  deployments: Deployment[];
  workflows: Workflow[];
  runs: Run[];
  artifacts: Artifact[];
  variables: Map<string, string>;
  secrets: Map<string, string>;
  environments: Map<string, Environment>;
  /** Branches and tags as of the last change that was told. */
  seenRefs: Map<string, string>;
  /** Commits the API made: GitHub signs them. */
  signed: Set<string>;
};

export type ForgeEvent = {
  event: string;
  action: string | undefined;
  repository: Repository;
  actor: Actor;
  /** Made when the request that caused it is done. */
  build(): Json | Promise<Json>;
};

export type World = {
  url: string;
  /** Whole seconds, as GitHub's. */
  now(): string;
  newId(): number;
  users: Map<string, User>;
  repositories: Map<string, Repository>;
  tokens: Map<string, Token>;
  apps: App[];
  /** Jobs that wait for somebody to agree, by the job's id. */
  gates: Map<number, Gate>;
  /** What a job is, by the secret it asks the token service with. */
  identities: Map<string, Identity>;
  /** Events wait here until the request that caused them is answered. */
  events: ForgeEvent[];
};
