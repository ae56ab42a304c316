import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { VendorId } from '../../src/core/config/vendors.ts';
import type { StopReason } from '../../src/ports/provider.ts';
import { createOpenAIChat, type OpenAIOptions } from '../../src/providers/openai-chat.ts';
import { getQuirks } from '../../src/providers/vendors.ts';
import { assistant, call, createRequest, readFileTool, result, user } from '../support/chat-requests.ts';
import type { WireEvent } from '../support/wire-events.ts';
import { catchError } from '../support/wire-faults.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const limits = { contextTokens: 200_000, maxOutputTokens: 32_000, price: undefined };
const key = 'sk-test-0123456789abcdefghij';

describe('the OpenAI wire', () => {
  let server: WireServer;

  const create = (vendor: VendorId = 'openai', given: Partial<OpenAIOptions> = {}) =>
    createOpenAIChat({
      name: vendor,
      vendor,
      model: 'gpt-6-sol',
      baseUrl: `${server.url}/v1`,
      apiKey: key,
      limits,
      quirks: getQuirks(vendor),
      times: { idle: 2000, wall: 5000 },
      now: () => new Date('2026-11-20T10:00:00Z'),
      ...given,
    });
  const ask = async (vendor: VendorId, request = createRequest()) => (await create(vendor)).chat(request);
  const last = () => server.requests.at(-1) ?? { path: '', headers: {}, body: {} };

  beforeAll(async () => {
    server = await startWireServer();
  });
  afterAll(() => server.close());
  afterEach(() => vi.unstubAllEnvs());

  test('asks OpenAI in its own way, without reasoning where tools are given', async () => {
    server.reply({ kind: 'answer', answer: { text: 'ok' } });
    await ask('openai', createRequest({ model: 'gpt-6-sol', tools: [readFileTool], temperature: 0.2 }));
    expect(last().body).toEqual({
      model: 'gpt-6-sol',
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 100,
      reasoning_effort: 'none',
      messages: [
        { role: 'developer', content: 'You write code.' },
        { role: 'user', content: 'hello' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'read_file', description: 'Reads a file.', parameters: readFileTool.inputSchema },
        },
      ],
    });
    expect(last().headers).toMatchObject({ authorization: `Bearer ${key}` });
  });

  test.each(['gpt-5.3-codex', 'gpt-5'])('leaves the reasoning of %s alone', async (model) => {
    server.reply({ kind: 'answer', answer: { text: 'ok' } });
    await ask('openai', createRequest({ model, tools: [readFileTool] }));
    expect(last().body).not.toHaveProperty('reasoning_effort');
  });

  test('asks OpenRouter for the cost and believes it', async () => {
    server.reply({ kind: 'answer', answer: { text: 'ok', costUsd: 0.0123 } });
    const response = await ask('openrouter', createRequest({ temperature: 0.2 }));
    expect(last().body).toMatchObject({ usage: { include: true }, max_tokens: 100, temperature: 0.2 });
    expect(last().headers).toMatchObject({ 'x-title': 'Tamma' });
    expect(response).toMatchObject({ costUsd: 0.0123, requestId: 'req_1' });
  });

  test('sends every tool result as a message of its own, in order, and failures as such', async () => {
    server.reply({ kind: 'answer', answer: { text: 'ok' } });
    const messages = [
      user('one'),
      assistant({ type: 'text', text: 'Reading.' }, call('c1', { path: 'a' }), call('c2', 'not an object')),
      {
        role: 'user' as const,
        parts: [
          { type: 'text' as const, text: 'hurry' },
          result('c1', 'content'),
          result('c2', 'invalid', true),
        ],
      },
      assistant({ type: 'text', text: ' ' }),
      user('go on'),
    ];
    await ask('ollama', createRequest({ messages, tools: [readFileTool], system: '' }));
    expect(last().body.messages).toEqual([
      { role: 'user', content: 'one' },
      {
        role: 'assistant',
        content: 'Reading.',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'read_file', arguments: '{"path":"a"}' } },
          {
            id: 'c2',
            type: 'function',
            function: { name: 'read_file', arguments: '{"invalid":"not an object"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'content' },
      { role: 'tool', tool_call_id: 'c2', content: 'Error: invalid' },
      { role: 'user', content: 'hurry' },
      { role: 'user', content: 'go on' },
    ]);
  });

  test('counts cached tokens apart from fresh ones', async () => {
    const usage = { inputTokens: 7, outputTokens: 21, cacheReadTokens: 3000, cacheWriteTokens: 400 };
    server.reply({ kind: 'answer', answer: { text: 'ok', usage } });
    expect((await ask('openai')).usage).toEqual(usage);
  });

  test('estimates what a server does not count', async () => {
    server.reply({
      kind: 'events',
      events: [...chunks({ content: 'a text of thirty characters...' }), finish('stop')],
    });
    const { usage } = await ask('ollama');
    expect(usage.inputTokens).toBeGreaterThan(40);
    expect(usage.outputTokens).toBeGreaterThanOrEqual(10);
  });

  test.each<[string, StopReason]>([
    ['stop', 'end'],
    ['length', 'length'],
    ['content_filter', 'refusal'],
    ['sensitive', 'refusal'],
    ['model_context_window_exceeded', 'context'],
    ['a_reason_of_next_year', 'end'],
  ])('finish reason %s means %s', async (vendorStopReason, stopReason) => {
    server.reply({ kind: 'answer', answer: { text: 'ok', vendorStopReason } });
    expect((await ask('openai')).stopReason).toBe(stopReason);
  });

  test('tool calls end a turn even where the server says "stop"', async () => {
    const toolCalls = [{ name: 'read_file', input: { path: 'a' } }];
    server.reply({ kind: 'answer', answer: { toolCalls, vendorStopReason: 'stop' } });
    expect((await ask('gemini')).stopReason).toBe('tool-calls');
  });

  test('a refusal of OpenAI is one', async () => {
    server.reply({
      kind: 'events',
      events: [...chunks({ refusal: 'I cannot ' }, { refusal: 'help.' }), finish('stop')],
    });
    expect(await ask('openai')).toMatchObject({
      stopReason: 'refusal',
      message: { parts: [{ type: 'text', text: 'I cannot help.' }] },
    });
  });

  test('sends back the reasoning of z.ai and OpenRouter, and drops it where nobody wants it', async () => {
    const thinking = { thinking: 'a long thought', signature: '' };
    const answer = { thinking, text: 'Reading.', toolCalls: [{ name: 'read_file', input: { path: 'a' } }] };
    server.reply({ kind: 'answer', answer });
    const first = await ask('zai');
    server.reply({ kind: 'answer', answer: { text: 'ok' } });
    await ask(
      'zai',
      createRequest({
        messages: [user('x'), first.message, { role: 'user', parts: [result('call_1', 'c')] }],
      }),
    );
    expect((last().body.messages as object[])[2]).toMatchObject({
      reasoning_content: 'a long thought',
      tool_calls: [{ id: 'call_1' }],
    });

    const details = [
      { type: 'reasoning.text', text: 'hm' },
      { type: 'reasoning.encrypted', data: 'abc' },
    ];
    const events = details.map((detail) => ({ reasoning_details: [detail] }));
    server.reply({ kind: 'events', events: [...chunks(...events, { content: 'ok' }), finish('stop')] });
    const { message } = await ask('openrouter');
    server.reply({ kind: 'answer', answer: { text: 'ok' } });
    await ask('openrouter', createRequest({ messages: [user('x'), message, user('y')] }));
    expect((last().body.messages as object[])[2]).toMatchObject({
      content: 'ok',
      reasoning_details: details,
    });

    server.reply({ kind: 'answer', answer });
    expect((await ask('openai')).message.parts.map((part) => part.type)).toEqual(['text', 'tool-call']);
  });

  test('sends back the signatures of Gemini, whose calls all have the index 0', async () => {
    const signature = { google: { thought_signature: 'abc' } };
    const piece = (id: string, path: string, more = {}) => ({
      tool_calls: [
        {
          index: 0,
          id,
          type: 'function',
          function: { name: 'read_file', arguments: `{"path":"${path}"}` },
          ...more,
        },
      ],
    });
    server.reply({
      kind: 'events',
      events: [...chunks(piece('g1', 'a', { extra_content: signature }), piece('g2', 'b')), finish('stop')],
    });
    const { message } = await ask('gemini');
    expect(message.parts.filter((part) => part.type === 'tool-call')).toEqual([
      call('g1', { path: 'a' }),
      call('g2', { path: 'b' }),
    ]);

    server.reply({ kind: 'answer', answer: { text: 'ok' } });
    const results = { role: 'user' as const, parts: [result('g1', 'A'), result('g2', 'B')] };
    await ask('gemini', createRequest({ messages: [user('x'), message, results] }));
    const [, , sent] = last().body.messages as { tool_calls: object[] }[];
    expect(sent?.tool_calls[0]).toMatchObject({ id: 'g1', extra_content: signature });
    expect(sent?.tool_calls[1]).not.toHaveProperty('extra_content');
  });

  test('puts tool calls together however a server cuts them', async () => {
    server.reply({
      kind: 'events',
      events: [
        ...chunks(
          { tool_calls: [{ function: { name: 'read_file', arguments: '{"pa' } }] },
          { tool_calls: [{ function: { arguments: 'th":"a"}' } }] },
          { tool_calls: [{ index: 1, id: 'x', function: { name: 'list_files', arguments: '' } }] },
          { tool_calls: [{ index: 1, id: 'x', function: { name: 'list_files', arguments: '{' } }] },
        ),
        { data: { choices: [] } },
        { data: {} },
        finish('tool_calls'),
      ],
    });
    const { message } = await ask('vllm');
    expect(message.parts).toEqual([
      call('call_2_0', { path: 'a' }),
      // Cut off by the model: the tool will say that this is no JSON.
      call('x', '{', 'list_files'),
    ]);
  });

  test.each<[VendorId, number, unknown, string]>([
    ['openai', 401, { message: 'Incorrect API key provided', code: 'invalid_api_key' }, 'PROVIDER_AUTH'],
    [
      'openai',
      429,
      { message: 'You exceeded your current quota', code: 'insufficient_quota' },
      'PROVIDER_QUOTA',
    ],
    ['openai', 429, { message: 'Rate limit reached', code: 'rate_limit_exceeded' }, 'PROVIDER_RATE_LIMITED'],
    ['openai', 400, { message: 'too long', code: 'context_length_exceeded' }, 'PROVIDER_CONTEXT_OVERFLOW'],
    ['openai', 400, { message: 'no', code: 'content_policy_violation' }, 'PROVIDER_REFUSED'],
    [
      'openai',
      404,
      { message: 'The model does not exist', code: 'model_not_found' },
      'PROVIDER_INVALID_REQUEST',
    ],
    [
      'openai',
      503,
      { message: 'The engine is currently overloaded', type: 'server_error' },
      'PROVIDER_OVERLOADED',
    ],
    ['openrouter', 402, { message: 'Insufficient credits', code: 402 }, 'PROVIDER_QUOTA'],
    ['openrouter', 403, { message: 'Input was flagged', code: 403 }, 'PROVIDER_REFUSED'],
    ['zai', 429, { message: 'balance', code: '1113' }, 'PROVIDER_QUOTA'],
    ['zai', 429, { message: 'concurrency', code: '1302' }, 'PROVIDER_RATE_LIMITED'],
    [
      'vllm',
      400,
      { message: "This model's maximum context length is 8192 tokens" },
      'PROVIDER_CONTEXT_OVERFLOW',
    ],
  ])('%s: a %i with %o is %s', async (vendor, status, error, code) => {
    server.reply({ kind: 'error', status, body: { error } });
    expect(await catchError(ask(vendor))).toMatchObject({ code, details: { status } });
  });

  test.each([
    ['limit: 15', 'GenerateRequestsPerMinutePerProjectPerModel', 'PROVIDER_RATE_LIMITED'],
    ['limit: 50', 'GenerateRequestsPerDayPerProjectPerModel-FreeTier', 'PROVIDER_QUOTA'],
  ])('reads the listed errors of Gemini: %s is %s', async (message, quotaId, code) => {
    const details = [
      { violations: [{ quotaId }] },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34s' },
    ];
    server.reply({
      kind: 'error',
      status: 429,
      body: [{ error: { code: 429, message, status: 'RESOURCE_EXHAUSTED', details } }],
    });
    const failure = await catchError(ask('gemini'));
    expect(failure).toMatchObject({ code, retryAfterMs: 34_000 });
    expect(failure.message).toContain(message);
  });

  test.each([
    [{ code: 502, message: 'Provider returned error' }, 'PROVIDER_OVERLOADED'],
    [{ code: 429, message: 'slow down' }, 'PROVIDER_RATE_LIMITED'],
    [{ message: 'something broke' }, 'PROVIDER_STREAM_BROKEN'],
  ])('an error inside a stream that began well (%o) is %s', async (error, code) => {
    server.reply({ kind: 'error-event', answer: { text: 'half an answer' }, after: 4, error: { error } });
    const failure = await catchError(ask('openrouter'));
    expect(failure).toMatchObject({ code, details: { usage: { cacheReadTokens: 0 } } });
  });

  test.each([true, false])('a stream that ends too early is broken (politely: %s)', async (politely) => {
    server.reply({ kind: 'cut', answer: { text: 'half an answer of some length' }, after: 5, politely });
    const failure = await catchError(ask('openai'));
    expect(failure).toMatchObject({ code: 'PROVIDER_STREAM_BROKEN', retryable: true });
    expect(failure.message).toMatch(politely ? /ended before the answer did/ : /terminated/);
    expect((failure.details.usage as { outputTokens: number }).outputTokens).toBeGreaterThan(3);
  });

  test.each(['network_error', 'error'])(
    'a server that breaks off (%s) broke the stream',
    async (vendorStopReason) => {
      server.reply({ kind: 'answer', answer: { text: 'half', vendorStopReason } });
      expect(await catchError(ask('zai'))).toMatchObject({ code: 'PROVIDER_STREAM_BROKEN' });
    },
  );

  test('a page of a proxy instead of an answer is told as it is', async () => {
    server.reply({ kind: 'error', status: 502, body: '<html>Bad Gateway</html>' });
    const failure = await catchError(ask('openai-compatible'));
    expect(failure).toMatchObject({ code: 'PROVIDER_OVERLOADED' });
    expect(failure.message).toContain('Bad Gateway');
  });

  test('gives up on silence', async () => {
    server.reply({ kind: 'stall', answer: { text: 'hello' }, after: 3 }, { kind: 'silence' });
    const provider = await create('openai', { times: { idle: 60, wall: 5000 } });
    expect(await catchError(provider.chat(createRequest()))).toMatchObject({
      code: 'PROVIDER_STREAM_BROKEN',
    });
    expect(await catchError(provider.chat(createRequest()))).toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
  });

  test('no error holds the key, even where the server quotes it', async () => {
    server.reply({ kind: 'error', status: 401, body: { error: { message: `bad key ${key}`, code: key } } });
    const failure = await catchError(ask('openai'));
    expect(`${failure.message} ${failure.stack} ${JSON.stringify(failure.details)}`).not.toContain(key);
  });

  test('a key that no header can carry is not shown either', async () => {
    const failure = await catchError(
      (await create('openai', { apiKey: 'sk-secret\nvalue' })).chat(createRequest()),
    );
    expect(`${failure.message} ${failure.stack}`).not.toContain('secret');
  });

  test('reads nothing from the environment: neither keys nor organisations reach another server', async () => {
    vi.stubEnv('OPENAI_ORG_ID', 'org-1');
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-1');
    vi.stubEnv('OPENAI_API_KEY', 'sk-of-the-environment');
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:1');
    vi.stubEnv('OPENAI_LOG', 'debug');
    const printed = (['log', 'info', 'debug', 'warn', 'error'] as const).map((level) =>
      vi.spyOn(console, level),
    );
    server.reply({ kind: 'answer', answer: { text: 'ok' } });
    await (await create('ollama', { apiKey: undefined })).chat(createRequest());
    expect(last().headers.authorization).toBe('Bearer none');
    expect(Object.keys(last().headers).filter((name) => name.startsWith('openai-'))).toEqual([]);
    for (const print of printed) expect(print).not.toHaveBeenCalled();
  });

  test('needs Node 22 and says so', async () => {
    const failure = await catchError(create('zai', { nodeVersion: '20.19.5' }));
    expect(failure).toMatchObject({ code: 'NODE_TOO_OLD', exitCode: 2 });
    expect(failure.message).toContain('Node 22');
    expect(failure.message).toContain('20.19.5');
  });
});

function chunks(...deltas: object[]): WireEvent[] {
  return deltas.map((delta) => ({
    data: { id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: null }] },
  }));
}

function finish(reason: string): WireEvent {
  return { data: { id: 'c', model: 'm', choices: [{ index: 0, delta: {}, finish_reason: reason }] } };
}
