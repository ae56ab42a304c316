import { z } from 'zod';
import { TammaError } from '../../core/errors.ts';
import { isOfType } from '../../core/events/event.ts';
import { digest, sha, stepId } from '../../core/events/parts.ts';
import { getRow } from '../../core/loop.ts';
import { foldEvents } from '../../core/state.ts';
import { type ClaimedStep, createFrame } from '../claim.ts';
import { queryOfIssue, readEvents } from '../read-state.ts';
import type { Runtime } from '../runtime.ts';
import { isLeftOut } from './gate.ts';
import type { HeldStep } from './held-step.ts';

/** The jobs after the gate, in order. The last one runs always. */
const jobs = z.enum(['publish', 'verify publish', 'work publish', 'work verify publish']);
export type Jobs = z.infer<typeof jobs>;

/**
 * What the gate decided and claimed, for the jobs after it. It grants nothing: each job holds it against the log, where
 * the claim stands.
 */
export const ticket = z.strictObject({
  v: z.literal(1),
  /** `GITHUB_RUN_ID`, without the attempt: a job may be run again. */
  workflowRun: z.string().regex(/^[\w-]{1,100}$/),
  issue: z.int().min(1),
  stepId,
  run: z.int().min(1),
  /** Position of the claim. */
  token: z.int().min(1),
  jobs,
  base: sha.nullable(),
  head: sha.nullable(),
  configDigest: digest,
});

export type Ticket = z.infer<typeof ticket>;

/**
 * Who does the step: a model only ever in `work`, commands of the repository only in `work` and `verify`. What needs
 * neither is done where it is published. Code that work made is judged again in `verify`.
 */
function jobsOf(runtime: Runtime, { decision: { stepId } }: ClaimedStep): Jobs {
  const { model, sandbox } = getRow(stepId);
  if (isLeftOut(runtime, stepId) || (!model && !sandbox)) return 'publish';
  if (!model) return 'verify publish';
  return stepId === 'CODE_GENERATION' ? 'work verify publish' : 'work publish';
}

export function createTicket(runtime: Runtime, { issue, claim }: Omit<HeldStep, 'durationMs'>): Ticket {
  const { state, decision, token } = claim;
  return {
    v: 1,
    workflowRun: workflowRunOf(runtime.host.holder.runId),
    issue,
    stepId: decision.stepId,
    run: decision.run,
    token,
    jobs: jobsOf(runtime, claim),
    base: state.context?.baseSha ?? null,
    head: state.head?.sha ?? null,
    configDigest: runtime.configDigest,
  };
}

/** Throws TICKET_REFUSED for what is no ticket. */
export function parseTicket(text: string): Ticket {
  const parsed = ticket.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`it does not fit its schema (${issue?.path.join('.')}: ${issue?.message})`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * The claim that the ticket names, as the log has it, with the state as it was then. Throws TICKET_REFUSED where the log
 * tells another story, and LOG_* where it cannot be read.
 */
export async function holdTicket(runtime: Runtime, ticket: Ticket): Promise<HeldStep> {
  const { issue, token, stepId, run } = ticket;
  const events = await readEvents(runtime.store, queryOfIssue(issue));
  const started = events.find((event) => event.position === token);
  if (!started || !isOfType(started, 'WORKFLOW.STEP_STARTED'))
    throw refuse(`position ${token} of the log is no claim of #${issue}`);
  const { data, metadata } = started;
  if (data.stepId !== stepId || data.run !== run)
    throw refuse(`the claim at position ${token} is of ${data.stepId}, run ${data.run}`);
  const here = workflowRunOf(runtime.host.holder.runId);
  if (workflowRunOf(data.holder.runId) !== ticket.workflowRun || ticket.workflowRun !== here)
    throw refuse(`the claim at position ${token} is of another workflow run`);
  const newer = events.find((event) => event.position > token && event.type === 'WORKFLOW.STEP_STARTED');
  if (newer) throw refuse(`another run has started a step at position ${newer.position}`);
  if (foldEvents(events).claim?.position !== token) throw refuse(`${stepId} was recorded as ended already`);
  const state = foldEvents(events.filter(({ position }) => position <= token));
  if ((state.context?.baseSha ?? null) !== ticket.base || (state.head?.sha ?? null) !== ticket.head)
    throw refuse('it names another base or head than the log');
  if (runtime.configDigest !== ticket.configDigest) throw refuse('the configuration was changed meanwhile');
  const frame = {
    ...createFrame(runtime, { issue, stepId, correlationId: metadata.correlationId }),
    causationId: started.id,
  };
  const began = Date.parse(started.timestamp);
  return {
    issue,
    claim: { decision: { kind: 'run', stepId, run, because: data.because }, state, token, frame },
    durationMs: () => Math.max(0, runtime.clock.now().getTime() - began),
  };
}

/** `<run>.<attempt>` → `<run>`. */
export function workflowRunOf(runId: string): string {
  return runId.replace(/\.\d{1,4}$/, '');
}

function refuse(why: string): TammaError {
  return new TammaError('TICKET_REFUSED', `the ticket of the gate is refused: ${why}`);
}
