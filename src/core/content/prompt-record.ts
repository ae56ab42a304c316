import { z } from 'zod';

/** A request to a model, as far as it matters how it is kept: messages, and the rest of it. */
export type KeptRequest = Readonly<Record<string, unknown>> & { readonly messages: readonly unknown[] };

/**
 * A prompt as it is kept. A session sends everything that was said again with each turn; kept whole, its size would grow
 * with the square of its length. So a prompt names the one it goes on from and holds what is new.
 */
const promptRecord = z.strictObject({
  v: z.literal(1),
  /** Digest of the prompt before it; null: this one is whole. */
  after: z.string().nullable(),
  /** How many messages it begins with are those of the one before. */
  shared: z.int().min(0),
  /** All but the messages; null: as in the one before. */
  rest: z.record(z.string(), z.unknown()).nullable(),
  messages: z.array(z.unknown()),
});
export type PromptRecord = z.infer<typeof promptRecord>;

export type KeptPrompt = { digest: string; request: KeptRequest };

/** What has to be kept of this request if `previous` is. */
export function toPromptRecord(request: KeptRequest, previous: KeptPrompt | undefined): PromptRecord {
  const { messages, ...rest } = request;
  const shared = previous ? countShared(previous.request.messages, messages) : 0;
  if (!previous || shared === 0) return { v: 1, after: null, shared: 0, rest, messages: [...messages] };
  const { messages: _, ...before } = previous.request;
  return {
    v: 1,
    after: previous.digest,
    shared,
    rest: isSame(before, rest) ? null : rest,
    messages: messages.slice(shared),
  };
}

function countShared(before: readonly unknown[], after: readonly unknown[]): number {
  const different = after.findIndex(
    (message, index) => index >= before.length || !isSame(message, before[index]),
  );
  return different < 0 ? after.length : different;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** `missing`: digest of a part that is no longer kept; what stands before it is left out then. */
export type ReadPrompt = { request: KeptRequest; missing: string | null };

type GetContent = (digest: string) => Promise<string | undefined>;

/** The whole request again, from the parts it was kept in. Undefined where `digest` is kept no more, or is no prompt. */
export async function readPrompt(digest: string, get: GetContent): Promise<ReadPrompt | undefined> {
  const chain: PromptRecord[] = [];
  let missing: string | null = null;
  for (let next: string | null = digest; next !== null; ) {
    const record = parse(await get(next));
    if (!record) {
      missing = next;
      break;
    }
    chain.unshift(record);
    next = record.after;
  }
  if (chain.length === 0) return undefined;
  const lost = missing === null ? 0 : (chain[0]?.shared ?? 0);
  const messages = chain.reduce<unknown[]>(
    (so, { shared, messages: added }) => [...so.slice(0, Math.max(0, shared - lost)), ...added],
    [],
  );
  const rest = chain.findLast((record) => record.rest !== null)?.rest ?? {};
  return { request: { ...rest, messages }, missing };
}

function parse(text: string | undefined): PromptRecord | undefined {
  try {
    return promptRecord.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}
