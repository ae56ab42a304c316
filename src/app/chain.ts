import { type TammaError, toTammaError } from '../core/errors.ts';
import type { WorkflowRun } from '../ports/platform/ci.ts';
import type { StepReport } from './reports.ts';
import type { Runtime } from './runtime.ts';

/** How runs of this workflow follow each other. */
export type Chain = {
  /** Path of the workflow that runs, such as `.github/workflows/tamma.yml`; empty where nobody knows. */
  workflow: string;
  /** Runs of this issue that Tamma started one after the other, this one included; 0: a person or the schedule started it. */
  lineage: number;
  /** The longest such row. */
  limit: number;
};

export type Linked =
  | { status: 'started'; run: WorkflowRun; issue: number | null }
  /** Nothing was to be started, or nothing could be: the schedule comes by. `error` where that will not mend itself. */
  | { status: 'ended'; because: string; isTrouble: boolean; error?: TammaError };

/**
 * Starts the run that takes the next step of this issue, or, once its change is delivered, the round that picks the next
 * issue. `goesOn`: the issue can go on although this step did not lead there: it was cut off, or answered meanwhile. A
 * chain that cannot be continued is no failure of the step: what it did is done and recorded.
 */
export function chainNext(
  runtime: Runtime,
  chain: Chain,
  { report, goesOn = false }: { report: StepReport; goesOn?: boolean },
): Promise<Linked> {
  if (report.progressed || goesOn) return startRun(runtime, chain, report.issue);
  const isDelivered = report.state.status === 'done' && report.step !== null;
  if (isDelivered) return startRun(runtime, { ...chain, lineage: 0 }, null);
  return Promise.resolve(end('nothing can go on by itself'));
}

/** Starts this workflow again for one issue, or for a round where `issue` is null. */
export async function startRun(
  { platform, defaultBranch }: Runtime,
  { workflow, lineage, limit }: Chain,
  issue: number | null,
): Promise<Linked> {
  const file = workflow.split('/').at(-1) ?? '';
  if (!platform.dispatch || file === '') return end('this platform starts no runs');
  if (lineage >= limit)
    return end(`${lineage} runs followed each other without anybody: the schedule goes on`, true);
  const inputs = { lineage: String(lineage + 1), ...(issue === null ? {} : { issue: String(issue) }) };
  try {
    const run = await platform.dispatch.start({ workflow: file, ref: defaultBranch, inputs });
    return { status: 'started', run, issue };
  } catch (thrown) {
    const error = toTammaError(thrown);
    const { message, help } = error;
    const hint =
      'the workflow must have `workflow_dispatch` with the inputs `issue` and `lineage`, and the permission `actions: write`';
    const ended = end(`the next run could not be started: ${message}. ${hint}. ${help}`, true);
    return error.retryable ? ended : { ...ended, error };
  }
}

function end(because: string, isTrouble = false): Extract<Linked, { status: 'ended' }> {
  return { status: 'ended', because, isTrouble };
}
