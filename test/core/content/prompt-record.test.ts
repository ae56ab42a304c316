import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type KeptPrompt,
  type KeptRequest,
  readPrompt,
  toPromptRecord,
} from '../../../src/core/content/prompt-record.ts';

/** Keeps requests one after the other, as a session does. */
function keepAll(requests: readonly KeptRequest[]) {
  const kept = new Map<string, string>();
  const digests: string[] = [];
  let previous: KeptPrompt | undefined;
  for (const request of requests) {
    const text = JSON.stringify(toPromptRecord(request, previous));
    const digest = createHash('sha256').update(text).digest('hex');
    kept.set(digest, text);
    digests.push(digest);
    previous = { digest, request };
  }
  return { kept, digests, get: (digest: string) => Promise.resolve(kept.get(digest)) };
}

const long = 'x'.repeat(1000);
const session = (turns: number): KeptRequest[] =>
  Array.from({ length: turns }, (_, turn) => ({
    model: 'm',
    system: long,
    messages: Array.from({ length: 2 * turn + 1 }, (_unused, index) => ({
      role: 'user',
      parts: [`${index} ${long}`],
    })),
  }));

describe('prompts of a session', () => {
  it('come back whole, each as it was sent', async () => {
    const requests = session(6);
    const { digests, get } = keepAll(requests);
    for (const [index, digest] of digests.entries())
      expect(await readPrompt(digest, get)).toEqual({ request: requests[index], missing: null });
  });

  it('take as much room as what was said, not its square', () => {
    const { kept } = keepAll(session(40));
    const bytes = [...kept.values()].reduce((sum, text) => sum + text.length, 0);
    expect(bytes).toBeLessThan(1.2 * JSON.stringify(session(40).at(-1)).length);
  });

  it('come back where earlier messages were shortened, and where another task begins', async () => {
    const [first, second] = session(2);
    const trimmed = {
      ...second,
      messages: [second?.messages[0], 'cut', ...(second?.messages.slice(2) ?? [])],
    };
    const other = { model: 'other', system: 'other', messages: ['other'] };
    const requests = [first, second, trimmed, other].map((request) => request as KeptRequest);
    const { digests, get } = keepAll(requests);
    const found = await Promise.all(digests.map((digest) => readPrompt(digest, get)));
    expect(found.map((prompt) => prompt?.request)).toEqual(requests);
  });

  it('say what is missing where an earlier part is kept no more, and give the rest', async () => {
    const requests = session(4);
    const { kept, digests, get } = keepAll(requests);
    kept.delete(digests[1] ?? '');
    const found = await readPrompt(digests[3] ?? '', get);
    expect(found?.missing).toBe(digests[1]);
    expect(found?.request.messages).toEqual(requests[3]?.messages.slice(3));
    expect(await readPrompt(digests[1] ?? '', get)).toBeUndefined();
  });
});
