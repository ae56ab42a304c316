import { TammaError, toTammaError } from '../core/errors.ts';
import type { EventDraft } from '../core/events/event.ts';
import { findOpenFailures, type LoopState } from '../core/state.ts';
import type { Step, StepContext, StepOutcome } from '../ports/step.ts';
import { type CodingSession, createCodingSession } from './coding-session.ts';
import { findOutdated } from './outdated.ts';
import type { PhaseResult } from './phase.ts';
import { writeCode } from './phase-green.ts';
import { writeTests } from './phase-red.ts';
import { tidyCode } from './phase-refactor.ts';
import { repairCode } from './phase-repair.ts';

type Phase = (session: CodingSession) => Promise<PhaseResult>;

/**
 * The only step that edits code. First round: RED, GREEN, REFACTOR, each a commit; later rounds repair what a gate, CI
 * or a person reported. What was done before something broke is published all the same.
 */
export const generate: Step = async (context) => {
  const outdated = await checkPlanHolds(context);
  if (outdated) return outdated;
  const session = await createCodingSession(context);
  const events: EventDraft[] = [];
  try {
    return await runPhases(session, events);
  } catch (thrown) {
    const error = context.signal.aborted
      ? new TammaError('INTERRUPTED', 'the run was asked to stop while code was being written', {
          cause: thrown,
        })
      : toTammaError(thrown);
    return { status: 'failed', error, events, intents: session.commits.toIntents() };
  }
};

async function runPhases(session: CodingSession, events: EventDraft[]): Promise<StepOutcome> {
  const phases = choosePhases(session.context.state);
  if (phases.length === 0) {
    const summary = 'the code is written; what came after it was cut off and is left out';
    return { status: 'completed', summary, events, intents: [] };
  }
  const summaries: string[] = [];
  for (const phase of phases) {
    const result = await phase(session);
    events.push(...result.events);
    summaries.push(result.summary);
    if (result.status === 'next') continue;
    const status = result.status === 'judged' ? 'gate-failed' : 'completed';
    return { status, summary: summaries.join('; '), events, intents: session.commits.toIntents() };
  }
  return { status: 'completed', summary: summaries.join('; '), events, intents: session.commits.toIntents() };
}

/** What is recorded is not done again. Code that nothing has been said against is for the gates to judge. */
function choosePhases(state: LoopState): Phase[] {
  if (state.implemented) return findOpenFailures(state).length > 0 ? [repairCode] : [];
  return [...(state.frozenTests === null ? [writeTests] : []), writeCode, tidyCode];
}

/** A plan is for the issue as it was read: once that was edited, plan and approval are void and the loop begins anew. */
async function checkPlanHolds(context: StepContext): Promise<StepOutcome | undefined> {
  const { state } = context;
  const approved = state.approvals.some(
    ({ kind, digest }) => kind === 'design' && digest === state.design?.digest,
  );
  if (!approved) throw new TammaError('POLICY_VIOLATION', 'the plan has no approval that is still good');
  return state.implemented ? undefined : await findOutdated(context, 'the plan');
}
