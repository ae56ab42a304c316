import { digestOf } from '../core/digest.ts';
import type { CallOptions, ChatRequest, ChatResponse, Provider } from '../ports/provider.ts';
import { type NormaliseOptions, normaliseRequest } from './normalise-request.ts';
import type { Session, SessionEntry } from './session-file.ts';

export type RecordingOptions = NormaliseOptions & {
  createdAt: Date;
  /** Entries of an earlier process of the same session; the new ones follow. */
  earlier?: Session;
  /** Given the whole session after every answer, so that a killed run loses none. */
  save(session: Session): void | Promise<void>;
};

/**
 * The same provider with every answered call written down. Failed calls leave no trace: a session is what went well.
 * Reasoning is dropped, since it is signed for one conversation and nobody may read it.
 */
export function createRecordingProvider(provider: Provider, options: RecordingOptions): Provider {
  const { createdAt, earlier, save, redact = (text: string) => text } = options;
  const session: Session = structuredClone(earlier) ?? {
    version: 1,
    createdAt: createdAt.toISOString(),
    vendor: provider.vendor,
    model: provider.model,
    entries: [],
    blocks: {},
  };
  return {
    name: provider.name,
    vendor: provider.vendor,
    model: provider.model,
    limits: () => provider.limits(),
    async chat(request: ChatRequest, call: CallOptions = {}) {
      const response = await provider.chat(request, call);
      const { blocks, digest } = normaliseRequest(request, options);
      const keyed = blocks.map((lines) => [digestOf(lines).slice(0, 12), lines] as const);
      for (const [key, lines] of keyed) session.blocks[key] = lines;
      const asked = { digest, request: keyed.map(([key]) => key) };
      session.entries.push({ ...call.label, ...asked, response: toRecorded(response, redact) });
      await save(session);
      return response;
    },
  };
}

function toRecorded(response: ChatResponse, redact: (text: string) => string): SessionEntry['response'] {
  const { message, stopReason, usage, costUsd } = response;
  const parts = message.parts.filter((part) => part.type === 'text' || part.type === 'tool-call');
  return {
    stopReason,
    parts: redactDeep(parts, redact) as SessionEntry['response']['parts'],
    usage,
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}

function redactDeep(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)]));
}
