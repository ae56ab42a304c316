import type { InProcess } from './step-process.ts';

/** How runs are run: given to `actions.start`. */
export type ActionsOptions = {
  /** Folder of an action by what a step `uses`, with or without its `@ref`. */
  uses: Readonly<Record<string, string>>;
  /** File of a reusable workflow of another repository, by what a job `uses`. */
  workflows?: Readonly<Record<string, string>>;
  /** Given to every repository there is, where the API shows them too; `repository.secrets` for one alone. */
  secrets?: Readonly<Record<string, string>>;
  variables?: Readonly<Record<string, string>>;
  /** Of the runner: what a test has to tell the processes, such as where a model is. */
  environment?: Readonly<Record<string, string>>;
  /** Program that runs JavaScript actions. Default: this Node. */
  node?: string;
  /** Runs JavaScript actions without processes of their own: cheaper, and a test sees inside. Use `parallel: 1`. */
  inProcess?: InProcess;
  /** Runs at the same time. Default 2. */
  parallel?: number;
  /** Requests an hour of a job's token. */
  tokenLimit?: number;
  /** How many milliseconds a minute of `timeout-minutes` has. Default 60,000. */
  minute?: number;
  /** Milliseconds from SIGINT to SIGTERM and from there to SIGKILL. Default: the runner's 7,500 and 2,500. */
  grace?: { term: number; kill: number };
};
