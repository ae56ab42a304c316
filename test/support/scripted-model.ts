import assert from 'node:assert/strict';
import type { ChatRequest, ChatResponse, ContentPart, StopReason } from '../../src/ports/provider.ts';
import type { Model } from '../../src/ports/step.ts';

export type ScriptedResult = { content: string; isError: boolean };

/** One answer of the model. `sees` checks what it was told since its last one: the results of its calls, in order. */
export type ScriptedTurn = {
  sees?: (results: readonly ScriptedResult[], request: Omit<ChatRequest, 'model'>) => void;
  reasoning?: unknown;
  text?: string;
  calls?: readonly { name: string; input: unknown }[];
  /** Default: `tool-calls` where there are calls, else `end`. */
  stopReason?: StopReason;
};

export type ScriptedModel = Model & {
  requests: { task: string; turn: number; request: Omit<ChatRequest, 'model'> }[];
  /** Fails unless every scripted turn was asked for. */
  assertUsedUp(): void;
};

/**
 * A model that says what the test wrote, turn by turn, and insists on the rules that vendors enforce: turns are counted
 * from 1, every tool call of an answer gets exactly one result, in order, and messages alternate.
 */
export function createScriptedModel(
  turns: readonly ScriptedTurn[],
  limits: Partial<Model['limits']> = {},
): ScriptedModel {
  const requests: ScriptedModel['requests'] = [];
  return {
    name: 'scripted',
    limits: { contextTokens: 200_000, maxOutputTokens: 8000, price: undefined, ...limits },
    requests,
    assertUsedUp: () => assert.equal(requests.length, turns.length, 'not every scripted turn was asked for'),
    chat(task, turn, request) {
      requests.push({ task, turn, request: structuredClone(request) });
      const scripted = turns[requests.length - 1];
      assert.ok(scripted, `the script ends before turn ${requests.length}`);
      const results = readResults(request);
      scripted.sees?.(results, request);
      return Promise.resolve(toResponse(scripted, requests.length));
    },
  };
}

function readResults({ messages }: Omit<ChatRequest, 'model'>): ScriptedResult[] {
  messages.forEach(({ role, parts }, index) => {
    assert.equal(role, index % 2 === 0 ? 'user' : 'assistant', 'messages alternate, beginning with the user');
    assert.ok(parts.length > 0, 'no message is empty');
  });
  const calls = ofType(messages.at(-2)?.parts ?? [], 'tool-call');
  const results = ofType(messages.at(-1)?.parts ?? [], 'tool-result');
  assert.deepEqual(
    results.map(({ id }) => id),
    calls.map(({ id }) => id),
    'every tool call gets exactly one result, in order',
  );
  return results.map(({ content, isError }) => ({ content, isError }));
}

function ofType<T extends ContentPart['type']>(parts: readonly ContentPart[], type: T) {
  return parts.filter((part): part is Extract<ContentPart, { type: T }> => part.type === type);
}

function toResponse({ reasoning, text, calls = [], stopReason }: ScriptedTurn, turn: number): ChatResponse {
  const parts: ContentPart[] = [
    ...(reasoning === undefined ? [] : [{ type: 'reasoning' as const, opaque: reasoning }]),
    ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
    ...calls.map(({ name, input }, index) => ({
      type: 'tool-call' as const,
      id: `call-${turn}-${index}`,
      name,
      input,
    })),
  ];
  return {
    model: 'scripted-1',
    message: { role: 'assistant', parts },
    stopReason: stopReason ?? (calls.length > 0 ? 'tool-calls' : 'end'),
    usage: { inputTokens: 100, outputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0 },
  };
}
