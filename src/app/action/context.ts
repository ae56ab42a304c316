import type { GitHubActionsHost } from '../../hosts/github-actions.ts';
import type { Clock } from '../../ports/host.ts';
import type { Runtime } from '../runtime.ts';
import type { ActionInputs } from './inputs.ts';
import type { Outputs } from './outputs.ts';

export type ActionContext = {
  inputs: ActionInputs;
  host: GitHubActionsHost;
  clock: Clock;
  directory: string;
  /** Made on the first call. */
  runtime(): Promise<Runtime>;
};

/** What a command came to. Outputs that are not named are empty. */
export type ActionResult = { exitCode: number; outputs: Partial<Outputs>; summary: string };
