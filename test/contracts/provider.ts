import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChatRequest, Message, Provider, ToolSpec } from '../../src/ports/provider.ts';
import type { ScriptedAnswer } from '../support/scripted-provider.ts';

const weatherTool: ToolSpec = {
  name: 'get_weather',
  description: 'The weather of a city.',
  inputSchema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'array', items: { type: 'integer' } } },
    required: ['city'],
  },
};

const base = { model: 'claude-opus-5-5', system: 'Answer briefly.', maxOutputTokens: 200, temperature: 0.2 };
const user = (text: string): Message => ({ role: 'user', parts: [{ type: 'text', text }] });

/** The answers a provider under contract must be made to give: `pick` finds them by anything that holds the question. */
export const conversation = {
  hello: { text: 'Hi there, nice to meet you!', usage: { inputTokens: 12, outputTokens: 7 } },
  weather: {
    text: 'Let me look.',
    toolCalls: [{ name: 'get_weather', input: { city: 'Rome', days: [1, 2] } }],
    usage: { inputTokens: 30, outputTokens: 9 },
  },
  sunny: { text: 'It is sunny in Rome.', usage: { inputTokens: 50, outputTokens: 6 } },
} as const satisfies Record<string, ScriptedAnswer>;

export function pickAnswer(question: string): ScriptedAnswer {
  if (question.includes('25 degrees')) return conversation.sunny;
  return question.includes('weather in Rome') ? conversation.weather : conversation.hello;
}

const hello: ChatRequest = { ...base, messages: [user('hello')], tools: [] };
const weather: ChatRequest = { ...base, messages: [user('weather in Rome?')], tools: [weatherTool] };

/** The whole conversation once, for whoever wants to record it. */
export async function converse(provider: Provider): Promise<void> {
  await provider.chat(hello);
  await provider.chat(withResult((await provider.chat(weather)).message));
}

function withResult(asked: Message): ChatRequest {
  const call = asked.parts.find((part) => part.type === 'tool-call');
  const result: Message = {
    role: 'user',
    parts: [{ type: 'tool-result', id: call?.id ?? '', content: 'sunny, 25 degrees', isError: false }],
  };
  return { ...weather, messages: [...weather.messages, asked, result] };
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}

export type ProviderUnderTest = { provider: Provider; close(): Promise<void> };

/** What every provider and every double promises. `create` makes one that answers as `pickAnswer` does. */
export function describeProvider(name: string, create: () => Promise<ProviderUnderTest>): void {
  describe(`${name} keeps the provider contract`, () => {
    let made: ProviderUnderTest;
    beforeAll(async () => {
      made = await create();
    });
    afterAll(() => made.close());

    test('says who it is and what it can take', () => {
      const { provider } = made;
      expect([provider.name, provider.vendor, provider.model].every((text) => text.length > 0)).toBe(true);
      expect(provider.limits().contextTokens).toBeGreaterThan(provider.limits().maxOutputTokens - 1);
      expect(provider.limits().maxOutputTokens).toBeGreaterThan(0);
    });

    test('streams the text it answers with', async () => {
      const deltas: string[] = [];
      const response = await made.provider.chat(hello, { onText: (delta) => deltas.push(delta) });
      expect(response.message).toEqual({
        role: 'assistant',
        parts: [{ type: 'text', text: conversation.hello.text }],
      });
      expect(deltas.join('')).toBe(conversation.hello.text);
      expect(response).toMatchObject({ stopReason: 'end', model: expect.stringMatching(/./) });
    });

    test('counts tokens in whole numbers', async () => {
      const { usage } = await made.provider.chat(hello);
      expect(usage).toEqual({ inputTokens: 12, outputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 0 });
    });

    test('hands over tool calls with parsed input, after the text', async () => {
      const { message, stopReason } = await made.provider.chat(weather);
      expect(stopReason).toBe('tool-calls');
      expect(message.parts).toEqual([
        { type: 'text', text: 'Let me look.' },
        {
          type: 'tool-call',
          id: expect.stringMatching(/./),
          name: 'get_weather',
          input: { city: 'Rome', days: [1, 2] },
        },
      ]);
    });

    test('goes on from the result of a tool', async () => {
      const { message } = await made.provider.chat(weather);
      const response = await made.provider.chat(withResult(message));
      expect(response.message.parts).toEqual([{ type: 'text', text: conversation.sunny.text }]);
    });

    test('leaves the request as it is', async () => {
      const { message } = await made.provider.chat(freeze(structuredClone(weather)));
      await made.provider.chat(freeze(structuredClone(withResult(message))));
    });

    test('answers several calls at once', async () => {
      const [first, second] = await Promise.all([made.provider.chat(hello), made.provider.chat(weather)]);
      expect([first.stopReason, second.stopReason]).toEqual(['end', 'tool-calls']);
    });

    test('throws the reason of an abort before the call', async () => {
      const reason = new Error('the run was stopped');
      await expect(made.provider.chat(hello, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });

    test('throws the reason of an abort in the middle of an answer', async () => {
      const controller = new AbortController();
      const reason = new Error('the run was stopped');
      const call = made.provider.chat(hello, {
        signal: controller.signal,
        onText: () => controller.abort(reason),
      });
      await expect(call).rejects.toBe(reason);
    });
  });
}
