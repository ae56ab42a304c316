import type { LoopState, Wait } from '../core/state.ts';
import type { CommandName } from './command-rules.ts';
import { giveCommand } from './commands.ts';
import type { CommandReport, StepReport } from './reports.ts';
import { runStep } from './run-step.ts';
import type { Runtime } from './runtime.ts';

/** A place where the loop asks a person. */
export type Checkpoint = { issue: number; state: LoopState; wait: Wait | null };

export type PersonSays = { command: CommandName; argument: string };

export type RunLoopOptions = {
  issue: number;
  /** Asked at every checkpoint; null leaves the loop waiting. Absent: nobody is there to ask. */
  ask?: (checkpoint: Checkpoint) => Promise<PersonSays | null>;
  leaseMinutes?: number | undefined;
  /** Asked before every step but the first: whether there is time for one more. */
  mayGoOn?: () => boolean;
  onStep?: (report: StepReport) => void;
  onCommand?: (report: CommandReport) => void;
};

/** No loop of one issue is longer: three attempts at each of nine gates, and every wait answered three times. */
const MAX_STEPS = 200;

/** Runs one issue to its end, or to the first wait nobody answers. The reports are of all steps in order. */
export async function runLoop(runtime: Runtime, options: RunLoopOptions): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  while (reports.length < MAX_STEPS && !runtime.signal.aborted) {
    const report = await runStep(runtime, { issue: options.issue, leaseMinutes: options.leaseMinutes });
    reports.push(report);
    options.onStep?.(report);
    if (options.mayGoOn?.() === false) break;
    if (report.progressed) continue;
    if (!(await answered(runtime, report, options))) break;
  }
  return reports;
}

async function answered(
  runtime: Runtime,
  { state, status }: StepReport,
  { issue, ask, onCommand }: RunLoopOptions,
): Promise<boolean> {
  if (!ask || (status !== 'waiting' && status !== 'escalated')) return false;
  for (;;) {
    const said = await ask({ issue, state, wait: state.wait });
    if (!said) return false;
    const report = await giveCommand(runtime, { issue, ...said });
    onCommand?.(report);
    if (report.accepted) return report.state.status === 'active';
  }
}
