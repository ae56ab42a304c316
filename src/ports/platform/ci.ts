export type Check = {
  name: string;
  status: 'pending' | 'passed' | 'failed' | 'skipped';
  url?: string;
  /** The end of the log of a check that failed: untrusted text. */
  log?: string;
  /** It does not run before a person with write permission allows it, at `url`. */
  needsApproval?: boolean;
  /** The rules of the base branch want it, and nothing has reported it for this commit: `pending`. */
  missing?: boolean;
};

export interface CiPort {
  /** What has reported on this commit, without our own run, and what the rules of `base` require that has not. */
  checks(head: string, base?: string): Promise<Check[]>;
}

export type WorkflowRun = {
  id: string;
  url: string;
  /** The commit it runs on. */
  head: string;
  status: 'pending' | 'passed' | 'failed';
  /** It does not go on before a person allows it, at `url`. */
  needsApproval?: boolean;
};

export interface DispatchPort {
  /** Starts the workflow (`name.yml`) on a branch, with inputs that it declares. Not to be repeated blindly: each call is a run. */
  start(request: {
    workflow: string;
    ref: string;
    inputs: Readonly<Record<string, string>>;
  }): Promise<WorkflowRun>;
  /** The newest run of the workflow on this branch that was dispatched at or after a time. */
  find(query: { workflow: string; ref: string; since: string }): Promise<WorkflowRun | undefined>;
  /** Undefined where there is no such run. */
  get(id: string): Promise<WorkflowRun | undefined>;
}

export type Deployment = {
  id: string;
  environment: string;
  status: 'pending' | 'passed' | 'failed';
  url?: string;
};

export interface DeploymentPort {
  /** The newest deployment of this commit to the environment. */
  find(query: { sha: string; environment: string }): Promise<Deployment | undefined>;
}
