import { readPrompt } from '../../core/content/prompt-record.ts';
import { TammaError } from '../../core/errors.ts';
import { isOfType, type KnownEvent, type LoggedEvent } from '../../core/events/event.ts';
import type { ContentStore } from '../../ports/content-store.ts';
import type { ChatRequest, ContentPart, Message } from '../../ports/provider.ts';
import { createRecordingProvider } from '../../providers/recording.ts';
import type { Session } from '../../providers/session-file.ts';

type Call = { sent: KnownEvent<'AI.REQUEST.SENT'>; received: KnownEvent<'AI.RESPONSE.RECEIVED'> };

export type KeptSessionOptions = {
  content: ContentStore;
  events: readonly LoggedEvent[];
  /** Folders of the run that was recorded. */
  roots: readonly string[];
};

/**
 * The session of an issue, put together from what was kept of its prompts and answers. Throws USAGE where something of it
 * was never kept, or is kept no more, with how many calls that concerns.
 */
export async function readKeptSession({ content, events, roots }: KeptSessionOptions): Promise<Session> {
  const calls = listCalls(events);
  let session: Session | undefined;
  let lost = 0;
  for (const { sent, received } of calls) {
    const request = await readRequest(content, sent.data.content);
    const message = await readAnswer(content, received.data.content);
    if (!request || !message) {
      lost += 1;
      continue;
    }
    const { provider: vendor = 'unknown', model = 'unknown' } = sent.tags;
    const { stopReason, usage, costUsd, task, turn } = received.data;
    const recorder = createRecordingProvider(
      {
        ...{ name: vendor, vendor, model },
        limits: () => ({ contextTokens: 0, maxOutputTokens: 0, price: undefined }),
        chat: () => Promise.resolve({ model, message, usage, costUsd, stopReason: stopReason as 'end' }),
      },
      {
        createdAt: new Date(sent.timestamp),
        roots,
        ...(session ? { earlier: session } : {}),
        save: (whole) => {
          session = whole;
        },
      },
    );
    await recorder.chat(request, { label: { task, turn } });
  }
  if (session && lost === 0) return session;
  throw new TammaError(
    'USAGE',
    `of ${calls.length} calls of models ${calls.length - lost} are kept at ${content.place}`,
    {
      help: 'Give the recorded session: --session FILE. Kept prompts and answers are deleted after events.content.retentionDays.',
    },
  );
}

/** Calls that were answered, in the order of the log. */
function listCalls(events: readonly LoggedEvent[]): Call[] {
  const sent = new Map<string, Call['sent']>();
  const calls: Call[] = [];
  for (const event of events) {
    if (isOfType(event, 'AI.REQUEST.SENT')) sent.set(event.data.requestId, event);
    if (!isOfType(event, 'AI.RESPONSE.RECEIVED')) continue;
    const asked = sent.get(event.data.requestId);
    if (asked) calls.push({ sent: asked, received: event });
  }
  return calls;
}

async function readRequest(
  content: ContentStore,
  digest: string | undefined,
): Promise<ChatRequest | undefined> {
  const read = digest ? await readPrompt(digest, (part) => content.get(part)) : undefined;
  return read && read.missing === null ? (read.request as unknown as ChatRequest) : undefined;
}

async function readAnswer(content: ContentStore, digest: string | undefined): Promise<Message | undefined> {
  const text = digest ? await content.get(digest) : undefined;
  if (text === undefined) return undefined;
  const { role, parts } = JSON.parse(text) as { role: Message['role']; parts: ContentPart[] };
  return { role, parts };
}
