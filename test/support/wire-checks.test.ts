import { describe, expect, test } from 'vitest';
import { findAnthropicFault, findChatFault } from './wire-checks.ts';

const headers = { authorization: 'Bearer k', 'anthropic-version': '2023-06-01' };
const text = (content: string) => [{ type: 'text', text: content }];
const good = { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: text('hi') }] };
const asks = { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: {} }] };
const answers = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'x' }] };
const [hi] = good.messages;

describe('the wire server refuses what Anthropic refuses', () => {
  test('and nothing else', () => {
    expect(findAnthropicFault(good, headers)).toBeUndefined();
    expect(findAnthropicFault({ ...good, messages: [hi, asks, answers] }, headers)).toBeUndefined();
  });

  test.each<[string, object, object]>([
    ['bearer', good, { 'anthropic-version': '1' }],
    ['anthropic-version', good, { authorization: 'Bearer k' }],
    ['model', { ...good, model: undefined }, headers],
    ['max_tokens', { ...good, max_tokens: undefined }, headers],
    ['sampling', { ...good, temperature: 0 }, headers],
    ['forced', { ...good, tool_choice: { type: 'any' } }, headers],
    ['4 blocks', { ...good, system: Array(5).fill({ cache_control: {} }) }, headers],
    ['input_schema', { ...good, tools: [{ input_schema: {} }] }, headers],
    ['first message', { ...good, messages: [asks] }, headers],
    ['alternate', { ...good, messages: [hi, hi] }, headers],
    ['not be empty', { ...good, messages: [{ role: 'user', content: [] }] }, headers],
    ['non-empty', { ...good, messages: [{ role: 'user', content: text(' ') }] }, headers],
    ['tool_result blocks immediately', { ...good, messages: [hi, asks, hi] }, headers],
    ['unexpected tool_use_id', { ...good, messages: [answers] }, headers],
    ['no tool_result', { ...good, messages: [hi, asks] }, headers],
    [
      'come first',
      { ...good, messages: [hi, asks, { role: 'user', content: [...text('x'), ...answers.content] }] },
      headers,
    ],
    [
      'must be an object',
      {
        ...good,
        messages: [hi, { role: 'assistant', content: [{ type: 'tool_use', id: 't', input: 'x' }] }, answers],
      },
      headers,
    ],
  ])('%s', (words, body, given) => {
    expect(findAnthropicFault(body as Record<string, unknown>, given as Record<string, unknown>)).toContain(
      words,
    );
  });
});

const chat = { model: 'm', max_tokens: 1, stream: true, messages: [{ role: 'user', content: 'hi' }] };
const calls = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'c', function: { name: 'n', arguments: '{}' } }],
};
const tool = { role: 'tool', tool_call_id: 'c', content: 'x' };

describe('the wire server refuses what OpenAI refuses', () => {
  test('and nothing else', () => {
    expect(findChatFault(chat)).toBeUndefined();
    expect(findChatFault({ ...chat, messages: [...chat.messages, calls, tool] })).toBeUndefined();
  });

  test.each<[string, object]>([
    ['model', { ...chat, model: 1 }],
    ['too short', { ...chat, messages: [] }],
    ['max_tokens', { ...chat, max_tokens: undefined }],
    ['both limits', { ...chat, max_completion_tokens: 1 }],
    ['stream', { ...chat, stream: undefined }],
    ['invalid role', { ...chat, messages: [{ role: 'x', content: '' }] }],
    ['content is missing', { ...chat, messages: [{ role: 'user' }] }],
    ['content or tool_calls', { ...chat, messages: [{ role: 'assistant', content: null }] }],
    ['did not have response', { ...chat, messages: [calls, ...chat.messages] }],
    ['must follow', { ...chat, messages: [tool] }],
    [
      'arguments must be',
      { ...chat, messages: [{ ...calls, tool_calls: [{ id: 'c', function: { arguments: '"x"' } }] }, tool] },
    ],
  ])('%s', (words, body) => {
    expect(findChatFault(body as Record<string, unknown>)).toContain(words);
  });
});
