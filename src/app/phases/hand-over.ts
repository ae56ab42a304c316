import { z } from 'zod';
import { digestOf } from '../../core/digest.ts';
import { type ErrorCode, errorCatalogue, TammaError } from '../../core/errors.ts';
import { eventData, isEventType } from '../../core/events/catalogue.ts';
import { tags } from '../../core/events/envelope.ts';
import { checkNewEvent, type EventDraft, type NewEvent } from '../../core/events/event.ts';
import { digest, sha } from '../../core/events/parts.ts';
import { intent } from '../../core/intents.ts';
import type { StepOutcome } from '../../ports/step.ts';
import { findForbidden } from './permitted.ts';
import type { Ticket } from './ticket.ts';

const draft = z
  .strictObject({ type: z.string().max(60), data: z.record(z.string(), z.json()), tags: tags.optional() })
  .refine(({ type, data }) => isEventType(type) && eventData[type].safeParse(data).success, {
    message: 'an event does not fit its schema',
  });

const brought = { events: z.array(draft).max(50), intents: z.array(intent).max(20) };
const words = z.string().max(4000);

/** `StepOutcome` as JSON. */
const outcome = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('completed'), summary: words, ...brought }),
  z.strictObject({ status: z.literal('gate-failed'), summary: words, ...brought }),
  z.strictObject({ status: z.literal('skipped'), reason: words, ...brought }),
  z.strictObject({
    status: z.literal('waiting'),
    summary: words,
    for: eventData['WORKFLOW.WAITING'].shape.for,
    command: z.string().max(500).optional(),
    until: z.iso.datetime().optional(),
    ...brought,
  }),
  z.strictObject({
    status: z.literal('failed'),
    error: z.strictObject({
      code: z.string().refine((code) => Object.hasOwn(errorCatalogue, code)),
      message: words,
      help: z.string().max(1000),
      details: z.record(z.string().max(60), z.union([z.string().max(500), z.number(), z.boolean()])),
    }),
    ...brought,
  }),
]);

/** Events of model calls, complete: they were on record before their call was answered. */
const spooled = z.array(z.record(z.string(), z.json())).max(2000);

const handOver = z.strictObject({
  v: z.literal(1),
  /** Of the ticket it was made for. */
  ticket: digest,
  outcome,
  spooled,
  /** The new commits, in a pack beside this file. */
  head: sha.nullable(),
});

/** An outcome is some kilobytes; a long session has some hundred calls on record. */
export const MAX_HAND_OVER_BYTES = 4 * 1024 * 1024;

export type HandOver = { outcome: StepOutcome; spooled: NewEvent[]; head: string | null };

/** What a step came to, as the text that crosses. `redact` goes over every text: whoever may read the repository may read it. */
export function writeHandOver(
  ticket: Ticket,
  { outcome, spooled, head }: HandOver,
  redact: (text: string) => string,
): string {
  const value = { v: 1, ticket: digestOf(ticket), outcome: toPlain(outcome), spooled, head };
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? redact(inner) : inner));
}

function toPlain(outcome: StepOutcome): unknown {
  if (outcome.status !== 'failed') return outcome;
  const { code, message, help, details } = outcome.error;
  const simple = Object.entries(details).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  const error = { code, message: message.slice(0, 4000), help, details: Object.fromEntries(simple) };
  return { ...outcome, error };
}

/**
 * What crossed, checked: its schema, that it was made for this ticket, that its step may bring it, and that what it
 * adds to the log is of this issue. Throws HAND_OVER_REFUSED.
 */
export function readHandOver(ticket: Ticket, text: string): HandOver {
  const parsed = handOver.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`it does not fit its schema (${issue?.path.join('.')}: ${issue?.message})`);
  }
  const { outcome, spooled, head, ticket: madeFor } = parsed.data;
  if (madeFor !== digestOf(ticket)) throw refuse('it was made for another ticket');
  const events = outcome.events as EventDraft[];
  const forbidden = findForbidden(ticket.stepId, { ...outcome, events });
  if (forbidden) throw refuse(forbidden);
  const branch = outcome.intents.find(({ kind }) => kind === 'branch');
  if ((branch?.kind === 'branch' ? branch.head : null) !== head)
    throw refuse('its commits are not what its branch wants');
  return { outcome: toOutcome(outcome), spooled: readSpooled(ticket, spooled), head };
}

/** Only the model calls of what crossed: of an outcome that is refused, too. Throws HAND_OVER_REFUSED. */
export function readPaid(ticket: Ticket, text: string): NewEvent[] {
  const parsed = z.object({ spooled }).safeParse(parseJson(text));
  if (!parsed.success) throw refuse('it does not fit its schema');
  return readSpooled(ticket, parsed.data.spooled);
}

function toOutcome(plain: z.infer<typeof outcome>): StepOutcome {
  if (plain.status !== 'failed') return plain as StepOutcome;
  const { code, message, help, details } = plain.error;
  const error = new TammaError(code as ErrorCode, message, { help, details });
  return { ...(plain as object), error } as StepOutcome;
}

/** Model calls of this step, and nothing else. Throws HAND_OVER_REFUSED. */
export function readSpooled(ticket: Ticket, events: readonly unknown[]): NewEvent[] {
  return events.map((value) => {
    const event = value as NewEvent;
    const isCall = typeof event.type === 'string' && event.type.startsWith('AI.');
    const { issueId, stepId, runId = '' } = event.tags ?? {};
    const isOfThis =
      issueId === String(ticket.issue) &&
      stepId === ticket.stepId &&
      runId.replace(/\.\d{1,4}$/, '') === ticket.workflowRun;
    if (!isCall || !isOfThis) throw refuse('it brings events that are no model call of this step');
    try {
      checkNewEvent(event);
    } catch (error) {
      throw refuse(error instanceof Error ? error.message : String(error));
    }
    return event;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refuse(why: string): TammaError {
  return new TammaError('HAND_OVER_REFUSED', `what the job before handed over is refused: ${why}`);
}
