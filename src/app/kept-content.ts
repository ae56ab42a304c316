import { readPrompt } from '../core/content/prompt-record.ts';
import type { LoggedEvent } from '../core/events/event.ts';
import type { ContentStore } from '../ports/content-store.ts';

/** Content that an event speaks of. `text` is null where it is kept no more. */
export type KeptContent = { name: string; digest: string; text: string | null };

/** Fields of events that hold digests of kept content. */
const FIELDS = ['content', 'diff', 'log'] as const;

/** What is kept beside an event, in the order of its fields; a prompt is put together from the parts it was kept in. */
export async function readKept(store: ContentStore, { data }: LoggedEvent): Promise<KeptContent[]> {
  const found: KeptContent[] = [];
  for (const name of FIELDS) {
    const digest = data[name as keyof typeof data] as unknown;
    if (typeof digest === 'string')
      found.push({ name, digest, text: (await readWhole(store, digest)) ?? null });
  }
  return found;
}

/** Throws CONTENT_CORRUPT and CONTENT_KEY_MISSING. */
export async function readWhole(store: ContentStore, digest: string): Promise<string | undefined> {
  const text = await store.get(digest);
  const prompt = text?.startsWith('{') ? await readPrompt(digest, (part) => store.get(part)) : undefined;
  if (!prompt) return text;
  const { request, missing } = prompt;
  return JSON.stringify({ ...request, ...(missing === null ? {} : { missing }) }, null, 2);
}
