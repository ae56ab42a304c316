import { TammaError } from '../core/errors.ts';
import { createUnifiedDiff } from '../lib/unified-diff.ts';
import type { CallOptions, ChatResponse, ModelLimits, Provider } from '../ports/provider.ts';
import { type NormalisedRequest, type NormaliseOptions, normaliseRequest } from './normalise-request.ts';
import { findModel } from './prices.ts';
import { readBlocks, type Session, type SessionEntry } from './session-file.ts';

export type RecordedOptions = NormaliseOptions & { session: Session; name?: string };

const LONGEST_DIFF = 6000;

/** Room enough for any recorded conversation: the session, not the limit, decides what was said. */
const limitsOfUnknown = { contextTokens: 1_000_000, maxOutputTokens: 128_000 };

/**
 * Answers from a session, strictly: every request must be one that was recorded, in whatever order, so that a step may be
 * killed and repeated in another process. Equal requests get their answers in turn, the last one for ever. Throws
 * RECORDING_MISMATCH with a diff to the nearest recorded request; never calls anybody. Costs are those of the recorded
 * model, marked as recorded.
 */
export function createRecordedProvider(options: RecordedOptions): Provider {
  const { session, name = 'recorded' } = options;
  const asked = new Map<string, number>();
  return {
    name,
    vendor: 'recorded',
    model: session.model,
    limits: () => toLimits(session),
    // biome-ignore lint/suspicious/useAwait: what it throws must reach the caller as a rejection, as with any provider
    async chat(request, call = {}) {
      call.signal?.throwIfAborted();
      const normalised = normaliseRequest(request, options);
      const entries = session.entries.filter(({ digest }) => digest === normalised.digest);
      const occurrence = asked.get(normalised.digest) ?? 0;
      const entry = entries[Math.min(occurrence, entries.length - 1)];
      if (!entry) throw describeMismatch(session, normalised, call);
      asked.set(normalised.digest, occurrence + 1);
      const response = toResponse(session, entry, call);
      call.signal?.throwIfAborted();
      return response;
    },
  };
}

/** Real prices, so that what a recorded run shows is what the real one cost; zero where the model is not priced. */
function toLimits({ vendor, model, createdAt }: Session): ModelLimits {
  const known = findModel(vendor, model, new Date(createdAt));
  const source = `recorded session of ${createdAt.slice(0, 10)}`;
  const free = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, asOf: 'not priced' };
  const price = { ...(known?.price ?? free), source };
  return { ...limitsOfUnknown, ...known, price: { ...price, asOf: `${price.asOf} (recorded)` } };
}

function toResponse(session: Session, { response }: SessionEntry, { onText }: CallOptions): ChatResponse {
  const { stopReason, parts, usage, costUsd } = response;
  for (const part of parts) if (part.type === 'text') onText?.(part.text);
  return {
    model: session.model,
    message: { role: 'assistant', parts: structuredClone(parts) },
    stopReason,
    usage,
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

function describeMismatch(session: Session, request: NormalisedRequest, { label }: CallOptions): TammaError {
  const place = label ? `${label.task}, turn ${label.turn}` : 'this request';
  const nearest = findNearest(session, request, label);
  if (!nearest) return new TammaError('RECORDING_MISMATCH', `${place}: the session is empty`);
  const diff = createUnifiedDiff(readBlocks(session, nearest).flat(), request.blocks.flat()).join('\n');
  const shown = diff.length > LONGEST_DIFF ? `${diff.slice(0, LONGEST_DIFF)}\n… (cut)` : diff;
  const entry = `entry ${session.entries.indexOf(nearest) + 1} of ${session.entries.length}`;
  const message = `${place}: no such request was recorded. Nearest is ${entry}; - recorded, + asked now:\n${shown}`;
  return new TammaError('RECORDING_MISMATCH', message, { details: { digest: request.digest } });
}

/** The entry of the same task and turn, if any; among several the one that shares most blocks. */
function findNearest(
  session: Session,
  request: NormalisedRequest,
  label: CallOptions['label'],
): SessionEntry | undefined {
  const wanted = new Set(request.blocks.map((lines) => lines.join('\n')));
  const score = (entry: SessionEntry) => {
    const isSamePlace = entry.task === label?.task && entry.turn === label?.turn;
    const shared = readBlocks(session, entry).filter((lines) => wanted.has(lines.join('\n'))).length;
    const isSameLength = entry.request.length === request.blocks.length;
    return (label && isSamePlace ? 1_000_000 : 0) + shared * 2 + (isSameLength ? 1 : 0);
  };
  return session.entries.reduce<SessionEntry | undefined>(
    (best, entry) => (best && score(best) >= score(entry) ? best : entry),
    undefined,
  );
}
