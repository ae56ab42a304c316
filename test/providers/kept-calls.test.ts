import { expect, test } from 'vitest';
import { readPrompt } from '../../src/core/content/prompt-record.ts';
import { sha256 } from '../../src/core/digest.ts';
import type { ChatRequest, Message } from '../../src/ports/provider.ts';
import { createCallKeeper } from '../../src/providers/kept-calls.ts';

const asked: Message = { role: 'user', parts: [{ type: 'text', text: 'do it' }] };
const answered: Message = {
  role: 'assistant',
  parts: [
    { type: 'reasoning', opaque: { signature: 'of the vendor' } },
    { type: 'text', text: 'done' },
  ],
};
const request = (messages: Message[]): ChatRequest => ({
  model: 'm',
  system: 's',
  messages,
  tools: [],
  maxOutputTokens: 10,
});

function createMemory(isFull = false) {
  const kept = new Map<string, { kind: string; text: string }>();
  const keeper = createCallKeeper((content, kind) => {
    const text = JSON.stringify(content);
    if (!isFull) kept.set(sha256(text), { kind, text });
    return Promise.resolve(isFull ? undefined : sha256(text));
  });
  return { kept, keeper, get: (digest: string) => Promise.resolve(kept.get(digest)?.text) };
}

test('calls are kept with what was said, and without the reasoning of the model', async () => {
  const { kept, keeper, get } = createMemory();
  const first = await keeper.prompt(request([asked]));
  const answer = await keeper.answer(answered);
  const second = await keeper.prompt(request([asked, answered, asked]));
  expect([...kept.values()].map(({ kind }) => kind)).toEqual(['prompt', 'answer', 'prompt']);
  expect(JSON.stringify([...kept.values()])).not.toContain('of the vendor');
  expect(await readPrompt(first.content ?? '', get)).toMatchObject({
    request: request([asked]),
    missing: null,
  });
  const hidden = { ...answered, parts: [{ type: 'reasoning', opaque: null }, answered.parts[1]] };
  expect(JSON.parse((await get(answer.content ?? '')) ?? '')).toEqual(hidden);
  expect((await readPrompt(second.content ?? '', get))?.request.messages).toEqual([asked, hidden, asked]);
});

test('a call that cannot be kept leaves no digest, and is made all the same', async () => {
  const { keeper } = createMemory(true);
  expect(await keeper.prompt(request([asked]))).toEqual({});
  expect(await keeper.answer(answered)).toEqual({});
  expect(await createCallKeeper().prompt(request([asked]))).toEqual({});
});
