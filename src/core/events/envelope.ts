import { z } from 'zod';

/** UUIDv7 (RFC 9562 section 5.7): an identifier, never an order. Order is the position. */
export const eventId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'is no UUIDv7');

/** ISO 8601 in UTC with milliseconds. */
export const timestamp = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);

export const actor = z.strictObject({
  kind: z.enum(['system', 'human', 'ai', 'plugin']),
  /** The platform's numeric id where there is one: logins can be renamed and registered again. */
  id: z.string().min(1).max(200),
  login: z.string().max(200),
  via: z.string().max(60).optional(),
});

export const tags = z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/), z.string().min(1).max(200));

export const metadata = z.strictObject({
  schemaVersion: z.int().min(1),
  workflowVersion: z.string().max(60),
  eventSource: z.enum(['system', 'plugin']),
  actor,
  /** The same for all events of one loop. */
  correlationId: z.string().min(1).max(200),
  /** The event that made this one happen, where there is one. */
  causationId: z.string().max(200).optional(),
  idempotencyKey: z.string().max(200).optional(),
});

const eventType = z.string().regex(/^[A-Z][A-Z0-9_]*(\.[A-Z][A-Z0-9_]*){1,2}$/);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

export const envelope = z.strictObject({
  id: eventId,
  type: eventType,
  timestamp,
  tags,
  metadata,
  data: z.record(z.string(), z.json()),
});

/** One line of the log: the envelope and what the store adds (`v`, `position` and the chain). */
export const loggedEnvelope = envelope.extend({
  v: z.literal(1),
  position: z.int().min(1),
  prevHash: hash,
  hash,
});

/** The same for what JSON.parse gave: that `data` is JSON needs no proof then, and proving it is half the cost. */
export const parsedEnvelope = loggedEnvelope.extend({ data: z.record(z.string(), z.unknown()) });

export type Actor = z.infer<typeof actor>;
export type Tags = z.infer<typeof tags>;
export type Metadata = z.infer<typeof metadata>;
export type Envelope = z.infer<typeof envelope>;
export type LoggedEnvelope = z.infer<typeof loggedEnvelope>;
