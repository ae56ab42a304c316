import type { Decision } from '../../core/decide.ts';
import type { LoopState } from '../../core/state.ts';
import { steps } from '../../steps/index.ts';
import { TAMMA } from '../fill-events.ts';
import type { StepReport } from '../reports.ts';
import type { Runtime } from '../runtime.ts';
import { createStepContext } from '../step-context.ts';
import { toReport } from '../step-report.ts';
import { bringBase } from './work.ts';

type PreviewOptions = {
  issue: number;
  state: LoopState;
  decision: Extract<Decision, { kind: 'run' }>;
  durationMs(): number;
};

/** The step's work without its claim, its writes or its record. */
export async function previewStep(
  runtime: Runtime,
  { issue, state, decision, durationMs }: PreviewOptions,
): Promise<StepReport> {
  const frame = { clock: runtime.clock, actor: TAMMA, correlationId: 'dry-run', tags: {} };
  const claim = { decision, state, token: 0, frame };
  await bringBase(runtime, claim);
  const outcome = await steps[decision.stepId](
    createStepContext(runtime, { issue, claim, spool: undefined }),
  );
  const error = outcome.status === 'failed' ? outcome.error : null;
  const { intents } = outcome;
  const report = toReport({ issue, state, decision, durationMs: durationMs(), outcome, error, intents });
  return { ...report, progressed: false };
}
