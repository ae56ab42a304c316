import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Provider, StopReason } from '../../src/ports/provider.ts';
import { createAnthropicMessages } from '../../src/providers/anthropic-messages.ts';
import { assistant, call, createRequest, readFileTool, result, user } from '../support/chat-requests.ts';
import { catchError } from '../support/wire-faults.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const limits = { contextTokens: 200_000, maxOutputTokens: 32_000, price: undefined };
const key = 'sk-ant-test-0123456789abcdef';

describe('the Anthropic wire', () => {
  let server: WireServer;
  let provider: Provider;

  const create = (times = { idle: 2000, wall: 5000 }) =>
    createAnthropicMessages({
      name: 'anthropic',
      vendor: 'anthropic',
      model: 'claude-opus-5-5',
      baseUrl: server.url,
      apiKey: key,
      limits,
      times,
      now: () => new Date('2026-11-20T10:00:00Z'),
    });
  const lastBody = () => server.requests.at(-1)?.body ?? {};

  beforeAll(async () => {
    server = await startWireServer();
    provider = await create();
  });
  afterAll(() => server.close());
  afterEach(() => vi.unstubAllEnvs());

  test('marks tools, system text and the newest message as cacheable, and forces nothing', async () => {
    server.reply({ kind: 'answer', answer: { text: 'ok' } });
    const other = { ...readFileTool, name: 'list_files' };
    const messages = [user('one'), assistant({ type: 'text', text: 'two' }), user('three')];
    await provider.chat(createRequest({ messages, tools: [readFileTool, other], temperature: 0.3 }));
    const cache_control = { type: 'ephemeral' };
    expect(lastBody()).toEqual({
      model: 'claude-opus-5-5',
      max_tokens: 100,
      stream: true,
      system: [{ type: 'text', text: 'You write code.', cache_control }],
      tools: [
        { name: 'read_file', description: 'Reads a file.', input_schema: readFileTool.inputSchema },
        {
          name: 'list_files',
          description: 'Reads a file.',
          input_schema: readFileTool.inputSchema,
          cache_control,
        },
      ],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'one' }] },
        { role: 'assistant', content: [{ type: 'text', text: 'two' }] },
        { role: 'user', content: [{ type: 'text', text: 'three', cache_control }] },
      ],
    });
    expect(server.requests.at(-1)?.headers).toMatchObject({ authorization: `Bearer ${key}` });
  });

  test('sends thinking back unchanged and in its place', async () => {
    const thinking = { thinking: 'a long thought', signature: 'c2lnbmF0dXJl' };
    server.reply({
      kind: 'answer',
      answer: { thinking, text: 'Reading.', toolCalls: [{ name: 'read_file', input: { path: 'a' } }] },
    });
    const first = await provider.chat(createRequest({ tools: [readFileTool] }));
    expect(first.message.parts.map((part) => part.type)).toEqual(['reasoning', 'text', 'tool-call']);

    server.reply({ kind: 'answer', answer: { text: 'done' } });
    const messages = [
      user('hello'),
      first.message,
      { role: 'user' as const, parts: [result('toolu_1', 'content')] },
    ];
    await provider.chat(createRequest({ messages, tools: [readFileTool] }));
    expect(lastBody().messages).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [{ type: 'thinking', ...thinking }, { type: 'text' }, { type: 'tool_use', id: 'toolu_1' }],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'content' }] },
    ]);
  });

  test('leaves out what the API refuses: empty texts, empty messages, reasoning of other vendors', async () => {
    server.reply({ kind: 'answer', answer: { text: 'ok' } });
    const foreign = { type: 'reasoning' as const, opaque: { wire: 'openai-chat', field: 'x', value: 'y' } };
    await provider.chat(
      createRequest({
        system: '',
        tools: [readFileTool],
        messages: [
          user('one'),
          assistant(
            foreign,
            { type: 'text', text: ' \n' },
            call('t1', 'not an object'),
            call('t2', { path: 'b' }),
          ),
          {
            role: 'user',
            parts: [{ type: 'text', text: 'and this' }, result('t1', 'no such file', true), result('t2', '')],
          },
        ],
      }),
    );
    expect(lastBody()).not.toHaveProperty('system');
    expect(lastBody().messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'one' }] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 't1', name: 'read_file', input: { invalid: 'not an object' } },
          { type: 'tool_use', id: 't2', name: 'read_file', input: { path: 'b' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', content: 'no such file', is_error: true },
          { type: 'tool_result', tool_use_id: 't2' },
          { type: 'text', text: 'and this', cache_control: { type: 'ephemeral' } },
        ],
      },
    ]);
  });

  test('counts tokens read from and written to the cache apart', async () => {
    const usage = { inputTokens: 7, outputTokens: 21, cacheReadTokens: 3000, cacheWriteTokens: 400 };
    server.reply({ kind: 'answer', answer: { text: 'ok', usage } });
    const response = await provider.chat(createRequest());
    expect(response).toMatchObject({ usage, model: 'claude-opus-5-5', requestId: 'req_1' });
  });

  test.each<[string, StopReason]>([
    ['end_turn', 'end'],
    ['stop_sequence', 'end'],
    ['tool_use', 'tool-calls'],
    ['max_tokens', 'length'],
    ['refusal', 'refusal'],
    ['pause_turn', 'paused'],
    ['model_context_window_exceeded', 'context'],
    ['a_reason_of_next_year', 'end'],
  ])('stop reason %s means %s', async (vendorStopReason, stopReason) => {
    server.reply({ kind: 'answer', answer: { text: 'ok', vendorStopReason } });
    expect((await provider.chat(createRequest())).stopReason).toBe(stopReason);
  });

  test.each([
    [401, 'authentication_error', {}, 'PROVIDER_AUTH'],
    [403, 'permission_error', {}, 'PROVIDER_AUTH'],
    [402, 'billing_error', {}, 'PROVIDER_QUOTA'],
    [429, 'rate_limit_error', { error_code: 'enforced_spend_limit_reached' }, 'PROVIDER_QUOTA'],
    [429, 'rate_limit_error', { error_code: 'contract_spend_limit_reached' }, 'PROVIDER_QUOTA'],
    [429, 'rate_limit_error', { error_code: 'ramp_limit_exceeded' }, 'PROVIDER_RATE_LIMITED'],
    [429, 'rate_limit_error', {}, 'PROVIDER_RATE_LIMITED'],
    [529, 'overloaded_error', {}, 'PROVIDER_OVERLOADED'],
    [500, 'api_error', {}, 'PROVIDER_OVERLOADED'],
    [413, 'request_too_large', {}, 'PROVIDER_CONTEXT_OVERFLOW'],
    [404, 'not_found_error', {}, 'PROVIDER_INVALID_REQUEST'],
    [400, 'invalid_request_error', {}, 'PROVIDER_INVALID_REQUEST'],
  ])('a %i %s %o is %s', async (status, type, details, code) => {
    server.reply({ kind: 'error', status, body: { type: 'error', error: { type, message: 'no', details } } });
    const error = await catchError(provider.chat(createRequest()));
    expect(error).toMatchObject({ code, details: { provider: 'anthropic', status, requestId: 'req_1' } });
    expect(error.details).not.toHaveProperty('usage');
  });

  test('a prompt that is too long is an overflow of the context', async () => {
    const message = 'prompt is too long: 208310 tokens > 200000 maximum';
    server.reply({
      kind: 'error',
      status: 400,
      body: { type: 'error', error: { type: 'invalid_request_error', message } },
    });
    expect(await catchError(provider.chat(createRequest()))).toMatchObject({
      code: 'PROVIDER_CONTEXT_OVERFLOW',
    });
  });

  test('says how long the server asked to wait', async () => {
    const headers = { 'retry-after': '17' };
    server.reply({
      kind: 'error',
      status: 429,
      headers,
      body: { error: { type: 'rate_limit_error', message: 'slow' } },
    });
    expect(await catchError(provider.chat(createRequest()))).toMatchObject({ retryAfterMs: 17_000 });
  });

  test('calls once and does not try again by itself', async () => {
    const before = server.requests.length;
    server.reply({ kind: 'error', status: 529 });
    await catchError(provider.chat(createRequest()));
    expect(server.requests.length - before).toBe(1);
  });

  test('a malformed conversation is refused by the vendor and not repeated', async () => {
    const messages = [user('one'), assistant(call('t1', { path: 'a' })), user('no result')];
    const error = await catchError(provider.chat(createRequest({ messages })));
    expect(error).toMatchObject({ code: 'PROVIDER_INVALID_REQUEST', retryable: false });
    expect(error.message).toContain('without tool_result blocks');
  });

  test('an error in the middle of the stream keeps its meaning and what the answer cost so far', async () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    server.reply({
      kind: 'error-event',
      answer: { text: 'some text that is cut', usage: { inputTokens: 44 } },
      after: 5,
      error,
    });
    const failure = await catchError(provider.chat(createRequest()));
    expect(failure).toMatchObject({ code: 'PROVIDER_OVERLOADED', details: { usage: { inputTokens: 44 } } });
  });

  test('a cut connection is a broken stream whose cost is estimated', async () => {
    server.reply({
      kind: 'cut',
      answer: { text: 'a text of some length that never ends', usage: { inputTokens: 40 } },
      after: 7,
    });
    const failure = await catchError(provider.chat(createRequest()));
    expect(failure).toMatchObject({
      code: 'PROVIDER_STREAM_BROKEN',
      retryable: true,
      details: { usage: { inputTokens: 40 } },
    });
    const { outputTokens } = failure.details.usage as { outputTokens: number };
    expect(outputTokens).toBeGreaterThan(5);
  });

  test.each([1, 4])('a body that ends early after %i events is a broken stream', async (after) => {
    server.reply({ kind: 'cut', answer: { text: 'hello' }, after, politely: true });
    expect(await catchError(provider.chat(createRequest()))).toMatchObject({
      code: 'PROVIDER_STREAM_BROKEN',
    });
  });

  test('an answer that does not say why it ended is a broken stream', async () => {
    server.reply({ kind: 'events', events: withoutStop() });
    expect(await catchError(provider.chat(createRequest()))).toMatchObject({
      code: 'PROVIDER_STREAM_BROKEN',
    });
  });

  test('a server that says nothing is unreachable after the idle time', async () => {
    server.reply({ kind: 'silence' });
    const failure = await catchError((await create({ idle: 60, wall: 5000 })).chat(createRequest()));
    expect(failure).toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      message: 'anthropic: nothing came for 0.06 s',
    });
  });

  test('a server that falls silent in the middle broke the stream', async () => {
    server.reply({ kind: 'stall', answer: { text: 'hello' }, after: 4 });
    const failure = await catchError((await create({ idle: 60, wall: 5000 })).chat(createRequest()));
    expect(failure).toMatchObject({
      code: 'PROVIDER_STREAM_BROKEN',
      message: 'anthropic: nothing came for 0.06 s',
    });
  });

  test('an answer that takes for ever is given up, however lively it is', async () => {
    server.reply({ kind: 'stall', answer: { text: 'hello' }, after: 4 });
    const failure = await catchError((await create({ idle: 5000, wall: 80 })).chat(createRequest()));
    expect(failure).toMatchObject({
      code: 'PROVIDER_STREAM_BROKEN',
      message: 'anthropic: no complete answer within 0.08 s',
    });
  });

  test('a closed port is unreachable, and the reason is said', async () => {
    const gone = await startWireServer();
    await gone.close();
    const options = { name: 'proxy', vendor: 'anthropic', model: 'm', apiKey: undefined, limits };
    const failure = await catchError(
      (await createAnthropicMessages({ ...options, baseUrl: gone.url })).chat(createRequest()),
    );
    expect(failure).toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
    expect(failure.message).toContain('ECONNREFUSED');
  });

  test('no error holds the key, even where the server quotes it', async () => {
    const message = `invalid x-api-key ${key}\u001b[2J (also sk-ant-other-key-0123456789)`;
    server.reply({
      kind: 'error',
      status: 401,
      body: { type: 'error', error: { type: 'authentication_error', message } },
    });
    const failure = await catchError(provider.chat(createRequest()));
    const everything = `${failure.message} ${failure.stack} ${JSON.stringify(failure.details)} ${String(failure.cause)}`;
    expect(everything).not.toContain(key);
    expect(everything).not.toContain('other-key');
    expect(everything).not.toContain('\u001b');
  });

  test('reads nothing from the environment and prints nothing', async () => {
    vi.stubEnv('ANTHROPIC_LOG', 'debug');
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:1');
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-ant-of-the-environment');
    const printed = (['log', 'info', 'debug', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level),
    );
    server.reply({ kind: 'answer', answer: { text: 'ok' } });
    await (await create()).chat(createRequest());
    expect(server.requests.at(-1)?.headers.authorization).toBe(`Bearer ${key}`);
    for (const print of printed) expect(print).not.toHaveBeenCalled();
  });
});

function withoutStop() {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = {
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    usage,
  };
  return [
    { event: 'message_start', data: { type: 'message_start', message } },
    { event: 'message_stop', data: { type: 'message_stop' } },
  ];
}
