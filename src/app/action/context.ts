import type { GitHubActionsHost } from '../../hosts/github-actions.ts';
import type { Clock } from '../../ports/host.ts';
import type { Chain } from '../chain.ts';
import type { Runtime } from '../runtime.ts';
import type { Deadline } from './deadline.ts';
import type { EventRequest } from './event-request.ts';
import type { ActionInputs } from './inputs.ts';
import type { Outputs } from './outputs.ts';

export type ActionContext = {
  inputs: ActionInputs;
  /** What the event asks for; only `command: auto` looks at it. */
  request: EventRequest;
  chain: Chain;
  deadline: Deadline;
  host: GitHubActionsHost;
  clock: Clock;
  directory: string;
  /** Where what goes from job to job is written and found. */
  handOver: string;
  /** Made on the first call. */
  runtime(): Promise<Runtime>;
};

/** What a command came to. Outputs that are not named are empty. */
export type ActionResult = { exitCode: number; outputs: Partial<Outputs>; summary: string };
