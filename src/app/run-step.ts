import type { TammaError } from '../core/errors.ts';
import { getRow } from '../core/loop.ts';
import type { StepOutcome } from '../ports/step.ts';
import { decideHere } from './claim.ts';
import { checkEquipped, passGate } from './phases/gate.ts';
import type { HeldStep } from './phases/held-step.ts';
import { previewStep } from './phases/preview.ts';
import { finishStep, recordFailure, toStepError } from './phases/publish.ts';
import { workStep } from './phases/work.ts';
import { readState } from './read-state.ts';
import type { StepReport } from './reports.ts';
import type { Runtime } from './runtime.ts';
import { createSpool } from './spool.ts';
import { toReport } from './step-report.ts';

export type RunStepOptions = { issue: number; dryRun?: boolean; leaseMinutes?: number | undefined };

/**
 * One step of one issue: read, fold, decide, claim, work, publish, append. May be repeated at any moment, also after a
 * kill: what was recorded is not done again, what was published is found again. A step that throws is recorded as
 * failed and answered in the report; what stops a step before its claim (no key, no sandbox, a damaged log) is thrown,
 * and nothing was written then. The hardened deployment runs the same phases in jobs of their own.
 */
export async function runStep(
  runtime: Runtime,
  { issue, dryRun = false, leaseMinutes }: RunStepOptions,
): Promise<StepReport> {
  const started = runtime.clock.now();
  const durationMs = () => runtime.clock.now().getTime() - started.getTime();
  if (dryRun) return tryStep(runtime, { issue, durationMs });
  const gated = await passGate(runtime, {
    issue,
    durationMs,
    leaseMinutes,
    check: (decision) => checkEquipped(runtime, decision, issue),
  });
  return 'report' in gated ? gated.report : runHeld(runtime, { issue, claim: gated.claim, durationMs });
}

/** Decides and works, and writes nothing. */
async function tryStep(
  runtime: Runtime,
  { issue, durationMs }: { issue: number; durationMs(): number },
): Promise<StepReport> {
  const state = await readState(runtime.store, issue);
  const decision = decideHere(runtime, state);
  if (decision.kind !== 'run') return toReport({ issue, state, decision, durationMs: durationMs() });
  await checkEquipped(runtime, decision, issue);
  return previewStep(runtime, { issue, state, decision, durationMs });
}

/** A claimed step from its work to its record, in this process. */
export async function runHeld(runtime: Runtime, held: HeldStep): Promise<StepReport> {
  const { issue, claim } = held;
  const { stepId, run, because } = claim.decision;
  const spool = createSpool(runtime.repository.stateDirectory, issue, runtime.host.holder);
  runtime.host.report({ kind: 'step-started', stepId, title: getRow(stepId).title, run, because });
  const report = await workAndFinish(runtime, held, spool);
  runtime.host.report({
    kind: 'step-ended',
    stepId,
    outcome: outcomeOf(report),
    summary: report.summary,
    durationMs: report.durationMs,
  });
  return report;
}

async function workAndFinish(
  runtime: Runtime,
  held: HeldStep,
  spool: ReturnType<typeof createSpool>,
): Promise<StepReport> {
  try {
    const outcome: StepOutcome = await workStep(runtime, { ...held, spool });
    return await finishStep(runtime, held, { outcome, spool });
  } catch (thrown) {
    const error: TammaError = toStepError(thrown, runtime.signal);
    return recordFailure(runtime, held, { error, spool });
  }
}

function outcomeOf(report: StepReport): string {
  if (report.error) return 'failed';
  return report.state.steps[report.decision.kind === 'run' ? report.decision.stepId : report.state.cursor]
    .status;
}
