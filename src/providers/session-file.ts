import { z } from 'zod';
import { TammaError } from '../core/errors.ts';
import { usage } from '../core/events/parts.ts';
import { digestBlocks } from './normalise-request.ts';

const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({
    type: z.literal('tool-call'),
    id: z.string().min(1),
    name: z.string().min(1),
    input: z.json(),
  }),
]);

const response = z.strictObject({
  stopReason: z.enum(['end', 'tool-calls', 'length', 'refusal', 'context', 'paused']),
  parts: z.array(part),
  usage,
  costUsd: z.number().min(0).optional(),
});

const entry = z.strictObject({
  task: z.string().max(200).optional(),
  turn: z.int().min(1).optional(),
  /** Over the blocks the request names: an answer belongs to exactly this question. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Keys of `blocks`, in order: system, tools, one per message. */
  request: z.array(z.string()),
  response,
});

/**
 * A recorded session: what was asked, normalised, and what a model answered. Equal requests may have several entries;
 * they are answered in this order. Texts that many requests share stand once, under `blocks`, as lines, so that the
 * file stays small and its diffs can be read.
 */
const session = z.strictObject({
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  vendor: z.string().min(1).max(40),
  model: z.string().min(1).max(200),
  entries: z.array(entry),
  blocks: z.record(z.string(), z.array(z.string())),
});

export type Session = z.output<typeof session>;
export type SessionEntry = Session['entries'][number];

/** The session in this text. Throws RECORDING_INVALID, naming `source`, where it is none or was edited without its digests. */
export function parseSession(text: string, source: string): Session {
  const parsed = session.safeParse(parseJson(text, source));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') || 'file';
    throw new TammaError(
      'RECORDING_INVALID',
      `${source} is no recorded session: ${place}: ${issue?.message}`,
    );
  }
  parsed.data.entries.forEach((recorded, index) => {
    if (digestBlocks(readBlocks(parsed.data, recorded)) === recorded.digest) return;
    const message = `${source}: entries.${index}: the digest does not belong to the request`;
    throw new TammaError('RECORDING_INVALID', message);
  });
  return parsed.data;
}

/** The same session gives the same bytes: keys in order, blocks by first use, unused ones left out. */
export function serialiseSession({ version, createdAt, vendor, model, entries, blocks }: Session): string {
  const used = new Set(entries.flatMap(({ request }) => request));
  const kept = Object.fromEntries([...used].map((key) => [key, blocks[key] ?? []]));
  const ordered = entries.map(
    ({ task, turn, digest, request, response: { stopReason, parts, usage, costUsd } }) => ({
      task,
      turn,
      digest,
      request,
      response: { stopReason, parts, usage, costUsd },
    }),
  );
  return `${JSON.stringify({ version, createdAt, vendor, model, entries: ordered, blocks: kept }, null, 2)}\n`;
}

/** The request of an entry as blocks of lines; blocks that are not there count as empty. */
export function readBlocks(
  { blocks }: Pick<Session, 'blocks'>,
  { request }: Pick<SessionEntry, 'request'>,
): string[][] {
  return request.map((key) => blocks[key] ?? []);
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw toNoJson(source, cause);
  }
}

function toNoJson(source: string, cause: unknown): TammaError {
  return new TammaError('RECORDING_INVALID', `${source} is no JSON`, { cause });
}
