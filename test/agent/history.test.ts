import { describe, expect, it } from 'vitest';
import { estimateTokens, trimHistory } from '../../src/agent/history.ts';
import type { Message } from '../../src/ports/provider.ts';

function createHistory(turns: number, size: number): Message[] {
  const messages: Message[] = [{ role: 'user', parts: [{ type: 'text', text: 'the task' }] }];
  for (let turn = 0; turn < turns; turn += 1) {
    messages.push({
      role: 'assistant',
      parts: [{ type: 'tool-call', id: `${turn}`, name: 'read_file', input: { path: 'a' } }],
    });
    messages.push({
      role: 'user',
      parts: [{ type: 'tool-result', id: `${turn}`, content: 'x'.repeat(size), isError: false }],
    });
  }
  return messages;
}

const sizes = (messages: readonly Message[]) =>
  messages.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'tool-result' ? [part.content.length] : [])),
  );

describe('the history', () => {
  it('stays the same array while there is room', () => {
    const messages = createHistory(5, 1000);
    expect(trimHistory(messages, 10_000)).toBe(messages);
  });

  it('loses its oldest large results first, and only as many as it has to', () => {
    const messages = createHistory(10, 3000);
    const trimmed = trimHistory(messages, 13_000);
    expect(sizes(trimmed).map((size) => size < 200)).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(estimateTokens(trimmed)).toBeLessThanOrEqual(13_000 * 0.4);
    expect(trimmed).toHaveLength(messages.length);
  });

  it('keeps small results and the newest messages', () => {
    const messages = createHistory(3, 30_000);
    expect(sizes(trimHistory(messages, 1000))).toEqual([30_000, 30_000, 30_000]);
    expect(sizes(trimHistory(createHistory(100, 100), 1000))).toEqual(new Array(100).fill(100));
  });

  it('is trimmed the same way for the same messages', () => {
    const messages = createHistory(12, 4000);
    expect(trimHistory(messages, 9000)).toEqual(trimHistory(structuredClone(messages), 9000));
  });

  it('is not trimmed again before it has grown', () => {
    const once = trimHistory(createHistory(12, 4000), 16_000);
    expect(trimHistory(once, 16_000)).toBe(once);
  });

  it('counts every kind of part', () => {
    const parts: Message['parts'] = [
      { type: 'text', text: 'abc' },
      { type: 'reasoning', opaque: { a: 1 } },
      { type: 'tool-call', id: '1', name: 'abc', input: undefined },
    ];
    expect(estimateTokens([{ role: 'assistant', parts }])).toBe(Math.ceil((3 + 7 + 3 + 4) / 3));
  });
});
