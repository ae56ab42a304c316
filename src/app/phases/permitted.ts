import type { EventDraft } from '../../core/events/event.ts';
import type { Intent } from '../../core/intents.ts';
import type { GateId, StepId } from '../../core/loop.ts';
import type { StepOutcome } from '../../ports/step.ts';

type Permitted = {
  events: readonly EventDraft['type'][];
  /** Gates that the step may give a verdict of. */
  gates?: readonly GateId[];
  intents: readonly Intent['kind'][];
  /** Whom it may wait for. */
  waitsFor?: 'answers' | 'approval';
  /** Where it may find nothing to do. */
  skips?: true;
};

const VERDICT = ['GATE.PASSED', 'GATE.FAILED'] as const;

/**
 * What each step may bring out of a job that has read untrusted text or run the repository's commands. Steps without a
 * row are done where they are published, and nothing of them crosses. Whoever takes such a job over gains what is here,
 * and nothing else: no approval by a person, no verdict of another gate, no merge.
 */
export const permitted: Partial<Record<StepId, Permitted>> = {
  CONTEXT_GATHERING: { events: ['CONTEXT.GATHERED.SUCCESS', 'CONTEXT.OUTDATED'], intents: [] },
  RESEARCH: { events: ['RESEARCH.COMPLETED.SUCCESS', 'CONTEXT.OUTDATED'], intents: [] },
  AMBIGUITY_CHECK: {
    events: ['AMBIGUITY.SCORED', 'QUESTIONS.ASKED', 'SPLIT.PROPOSED', 'CONTEXT.OUTDATED'],
    intents: ['issue'],
    waitsFor: 'answers',
  },
  DESIGN: {
    events: ['DESIGN.PROPOSED', 'APPROVAL.REQUESTED', 'APPROVAL.GRANTED', 'CONTEXT.OUTDATED'],
    intents: ['issue'],
    waitsFor: 'approval',
  },
  CODE_GENERATION: {
    events: [
      'CODE.TESTS_WRITTEN.SUCCESS',
      'CODE.GENERATED.SUCCESS',
      'CODE.GENERATED.FAILED',
      'CODE.REFACTORED.SUCCESS',
      'GATE.FAILED',
      'CONTEXT.OUTDATED',
    ],
    gates: ['tdd'],
    intents: ['branch'],
  },
  BUILD_VALIDATION: { events: VERDICT, gates: ['build'], intents: [], skips: true },
  TEST_VALIDATION: { events: VERDICT, gates: ['tests', 'coverage', 'performance'], intents: [] },
  SECURITY_SCAN: { events: VERDICT, gates: ['security'], intents: [] },
  CODE_REVIEW: { events: [...VERDICT, 'CONTEXT.OUTDATED'], gates: ['review'], intents: [] },
};

/** Why this is not for that step to bring; undefined where it is. */
export function findForbidden(
  stepId: StepId,
  outcome: Pick<StepOutcome, 'status' | 'events' | 'intents'> & { for?: string },
): string | undefined {
  const may = permitted[stepId];
  if (!may) return `${stepId} is not worked in a job of its own`;
  const { events, intents } = outcome;
  if (outcome.status === 'skipped' && !may.skips)
    return `${stepId} is never skipped by the job that works it`;
  if (outcome.status === 'waiting' && outcome.for !== may.waitsFor)
    return `${stepId} may not wait for ${outcome.for}`;
  for (const event of events) {
    if (!may.events.includes(event.type)) return `${stepId} may not record ${event.type}`;
    const gateId = 'gateId' in event.data ? (event.data.gateId as GateId) : undefined;
    if (gateId && !may.gates?.includes(gateId)) return `${stepId} may not judge for the ${gateId} gate`;
    const foreign = Object.entries(event.tags ?? {}).find(
      ([name, value]) => name !== 'gateId' || value !== gateId,
    );
    if (foreign) return `${event.type} may not carry the tag ${foreign[0]}`;
  }
  for (const intent of intents) {
    if (!may.intents.includes(intent.kind)) return `${stepId} may not ask for ${intent.kind}`;
    if (intent.kind === 'issue' && (intent.close || intent.assign))
      return `${stepId} may not close or assign an issue`;
  }
  return undefined;
}
