import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configSchema, type ProviderConfig } from '../../src/core/config/schema.ts';
import { createProvider, getEntry, type ProviderOptions } from '../../src/providers/index.ts';
import { createRecordingProvider } from '../../src/providers/recording.ts';
import { serialiseSession } from '../../src/providers/session-file.ts';
import { createRequest } from '../support/chat-requests.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';
import { catchError } from '../support/wire-faults.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

/** The rows as a configuration file gives them. */
function configure(providers: Record<string, object>): Record<string, ProviderConfig> {
  return configSchema.parse({ version: 1, providers }).providers;
}

function open(name: string, entry: ProviderConfig | undefined, given: Partial<ProviderOptions> = {}) {
  if (!entry) throw new Error(`no row called ${name}`);
  const environment = { ANTHROPIC_API_KEY: 'key-a', OPENAI_API_KEY: 'key-o', ZHIPU_API_KEY: ' key-z\n' };
  const readText = (path: string) => readFile(path, 'utf8');
  const now = () => new Date('2026-11-20T10:00:00Z');
  return createProvider({ name, entry, environment, now, readText, ...given });
}

describe('a provider from the configuration', () => {
  let server: WireServer;
  let folder: string;
  beforeAll(async () => {
    server = await startWireServer(() => ({ text: 'ok' }));
    folder = await mkdtemp(join(tmpdir(), 'tamma-providers-'));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  test.each([
    ['anthropic', {}, '/v1/messages', 'Bearer key-a'],
    ['openai', {}, '/chat/completions', 'Bearer key-o'],
    ['zai', {}, '/chat/completions', 'Bearer key-z'],
    ['ollama', { model: 'qwen' }, '/chat/completions', 'Bearer none'],
  ])('%s speaks its wire with its key', async (vendor, more, path, authorization) => {
    const rows = configure({ mine: { vendor, baseUrl: server.url, ...more } });
    const provider = await open('mine', rows.mine);
    expect(provider).toMatchObject({ name: 'mine', vendor, model: rows.mine?.model });
    await provider.chat(createRequest({ model: provider.model }));
    expect(server.requests.at(-1)).toMatchObject({ path, headers: { authorization } });
  });

  test('takes the model of the step', async () => {
    const provider = await open('anthropic', configure({ anthropic: {} }).anthropic, {
      model: 'claude-haiku-4-5',
    });
    expect(provider.model).toBe('claude-haiku-4-5');
    expect(provider.limits()).toMatchObject({
      contextTokens: 200_000,
      maxOutputTokens: 64_000,
      price: { input: 1 },
    });
  });

  test('lets the configuration overrule price and limits', async () => {
    const row = { price: { input: 1, output: 2 }, contextTokens: 20_000, maxOutputTokens: 15_000 };
    const limits = (await open('anthropic', configure({ anthropic: row }).anthropic)).limits();
    expect(limits).toMatchObject({ contextTokens: 20_000, maxOutputTokens: 10_000 });
    expect(limits.price).toMatchObject({ input: 1, output: 2, cacheRead: 1, asOf: 'configuration' });
  });

  test('knows no price of an unknown model, and none for a machine of one’s own', async () => {
    const rows = configure({ anthropic: { model: 'claude-next' }, ollama: { model: 'qwen' } });
    expect((await open('anthropic', rows.anthropic)).limits()).toEqual({
      contextTokens: 128_000,
      maxOutputTokens: 16_000,
      price: undefined,
    });
    expect((await open('ollama', rows.ollama)).limits()).toMatchObject({
      contextTokens: 32_768,
      price: { input: 0, output: 0 },
    });
  });

  test('plays a recorded session from its file', async () => {
    const path = join(folder, 'session.json');
    const recording = createRecordingProvider(
      createScriptedProvider({ answers: () => ({ text: 'recorded words' }) }),
      {
        createdAt: new Date(0),
        save: (session) => writeFile(path, serialiseSession(session)),
      },
    );
    await recording.chat(createRequest({ system: 'token t0ken in /some/where' }), {});
    const rows = configure({ demo: { vendor: 'recorded', recording: path } });
    const provider = await open('demo', rows.demo, { roots: ['/some'], redact: (text) => text });
    expect(provider).toMatchObject({ name: 'demo', vendor: 'recorded' });
    expect(await catchError(provider.chat(createRequest({ system: 'x' })))).toMatchObject({
      code: 'RECORDING_MISMATCH',
    });
    const same = await open('demo', rows.demo);
    const { message } = await same.chat(createRequest({ system: 'token t0ken in /some/where' }));
    expect(message.parts).toEqual([{ type: 'text', text: 'recorded words' }]);
  });

  test('without a key names every variable it looked for', async () => {
    const rows = configure({ zai: {}, mine: { vendor: 'anthropic', apiKeyEnv: 'MY_KEY' } });
    const environment = { MY_KEY: '  ', ANTHROPIC_API_KEY: 'not asked for' };
    const zai = await catchError(open('zai', rows.zai, { environment }));
    expect(zai).toMatchObject({ code: 'KEY_MISSING', exitCode: 2 });
    expect(zai.message).toContain(
      'looked for ZAI_API_KEY, then ZHIPU_API_KEY in the environment of this run',
    );
    const mine = await catchError(open('mine', rows.mine, { environment }));
    expect(mine.message).toContain('MY_KEY');
    expect(mine.help).toContain('providers.mine.apiKeyEnv');
  });

  test.each(['http://models.example/v1', 'http://127.0.0.1.example/v1'])(
    'sends no key in the clear to %s',
    async (baseUrl) => {
      const rows = configure({
        openai: { baseUrl },
        vllm: { baseUrl, model: 'm', apiKeyEnv: 'OPENAI_API_KEY' },
      });
      expect(await catchError(open('openai', rows.openai))).toMatchObject({
        code: 'CONFIG_INVALID',
      });
      await open('vllm', rows.vllm);
    },
  );

  test('says what is missing where the configuration could not', async () => {
    const row: ProviderConfig = {
      vendor: 'openai-compatible',
      model: 'm',
      baseUrl: null,
      apiKeyEnv: null,
      priority: 1,
    };
    expect(await catchError(open('x', row))).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await catchError(open('ollama', getEntry({}, 'ollama')))).toMatchObject({
      message: 'the provider ollama needs a model',
    });
    const recorded = { ...row, vendor: 'recorded' as const };
    expect(await catchError(open('x', recorded))).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('on an old Node only the OpenAI wire is out of reach', async () => {
    const rows = configure({ openai: {}, anthropic: {} });
    const nodeVersion = '20.19.0';
    expect(await catchError(open('openai', rows.openai, { nodeVersion }))).toMatchObject({
      code: 'NODE_TOO_OLD',
    });
    expect((await open('anthropic', rows.anthropic, { nodeVersion })).name).toBe('anthropic');
  });
});

describe('a provider by name', () => {
  const rows = configure({ anthropic: {}, 'local-gpu': { vendor: 'vllm', model: 'm' } });

  test('is the row of that name', () => {
    expect(getEntry(rows, 'local-gpu')).toMatchObject({ vendor: 'vllm', model: 'm' });
  });

  test('may be a vendor the configuration does not name', () => {
    expect(getEntry(rows, 'zai')).toMatchObject({
      vendor: 'zai',
      model: 'glm-5.3',
      apiKeyEnv: 'ZAI_API_KEY',
    });
  });

  test('that does not exist is answered with the names there are', async () => {
    const error = await catchError((async () => getEntry(rows, 'antropic'))());
    expect(error).toMatchObject({ code: 'PROVIDER_UNKNOWN' });
    expect(error.message).toMatch(/^antropic is no provider; known: anthropic, local-gpu, openai, /);
    await expect((async () => getEntry(rows, 'toString'))()).rejects.toThrow('is no provider');
  });

  test('that is planned is answered with the reason', async () => {
    const error = await catchError((async () => getEntry(rows, 'github-copilot'))());
    expect(error.message).toContain('is not available in this version: an agent runtime');
  });
});
