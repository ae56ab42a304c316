import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { climbLadder, describeAccess, ladder } from '../../../src/app/credentials/ladder.ts';
import { explainMissing } from '../../../src/app/credentials/routes.ts';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { TammaError } from '../../../src/core/errors.ts';
import { findKeyVariable } from '../../../src/providers/credentials.ts';
import { describeProviders } from '../../../src/providers/describe-providers.ts';
import { getEntry } from '../../../src/providers/index.ts';

type Environment = Record<string, string>;
type Place = { text?: string; environment?: Environment; hasIdentity?: boolean; nodeVersion?: string };

let server: Server;
let own: string;
const models: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const data = models.map((id) => ({ id, object: 'model' }));
    response.writeHead(request.url === '/v1/models' ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  own = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => server.close());

/** Nothing listens at this port: Ollama of the machine the tests run on is not asked. */
const NOWHERE = { OLLAMA_BASE_URL: 'http://127.0.0.1:9/v1' };
const federation = { ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1', ANTHROPIC_ORGANIZATION_ID: 'org-1' };

/** What a run with this file and this environment would use, as it is printed. */
async function use({ text, environment = {}, hasIdentity = false, nodeVersion }: Place): Promise<string> {
  const all = { ...NOWHERE, ...environment };
  const { config, sources } = parseConfig({ text, file: 'config.yml', environment: all });
  const providers = describeProviders({
    ...{ providers: config.providers, environment: all, now: new Date(), hasIdentity },
    ...(nodeVersion ? { nodeVersion } : {}),
  });
  const landscape = { config, sources, environment: all, providers, fetch };
  const { rung, name, model, ...found } = await climbLadder(landscape, 'CODE_GENERATION');
  const entry = found.entry ?? getEntry(config.providers, name);
  const paid = { name, entry, model: model ?? entry.model, variable: findKeyVariable(entry, all) };
  return `${rung}: ${describeAccess(paid)}`;
}

describe('the ladder of credentials', () => {
  test.each<[string, Place, string | RegExp]>([
    [
      'a provider that the configuration names',
      { text: 'agent: { provider: zai }', environment: { ANTHROPIC_API_KEY: 'k', ZHIPU_API_KEY: 'z' } },
      'configuration: using zai glm-5.3, paid by the account of ZHIPU_API_KEY',
    ],
    [
      'one that the environment names',
      { environment: { TAMMA_AI_PROVIDER: 'openai', OPENAI_API_KEY: 'o', ANTHROPIC_API_KEY: 'k' } },
      'configuration: using openai gpt-6-sol, paid by the account of OPENAI_API_KEY',
    ],
    [
      'the first of the configuration that can be used, where it is asked for any',
      {
        text: 'agent: { provider: auto }\nproviders: { anthropic: {}, mine: { vendor: openai, apiKeyEnv: MINE } }',
        environment: { MINE: 'm', GEMINI_API_KEY: 'g' },
      },
      'configuration: using mine (openai) gpt-6-sol, paid by the account of MINE',
    ],
    [
      'keys in the order of preference',
      { environment: { GEMINI_API_KEY: 'g', OPENROUTER_API_KEY: 'r', ...federation }, hasIdentity: true },
      'key: using openrouter openrouter/auto, paid by the account of OPENROUTER_API_KEY',
    ],
    [
      'the identity of the job',
      { environment: federation, hasIdentity: true },
      'identity: using anthropic claude-opus-5-5, paid by the organization that trusts this job (ruleId fdrl_1, no key)',
    ],
    [
      'the identity of the job for a provider of the configuration',
      {
        text: 'providers: { openai: { federation: { identityProviderId: idp_1, serviceAccountId: sa_1 } } }',
        hasIdentity: true,
      },
      'configuration: using openai gpt-6-sol, paid by the organization that trusts this job (identityProviderId idp_1, no key)',
    ],
  ])('takes %s', async (_what, place, expected) => {
    expect(await use(place)).toBe(expected);
  });

  test('takes a model of this machine last: the one that is asked for, or the first it has', async () => {
    models.splice(0, Number.POSITIVE_INFINITY, 'qwen3-coder', 'llama');
    const host = new URL(own).host;
    const free = `paid by nobody: it runs on this machine (${host})`;
    expect(await use({ environment: { TAMMA_BASE_URL: `${own}/` } })).toBe(
      `local: using local (vllm) qwen3-coder, ${free}`,
    );
    expect(await use({ environment: { OLLAMA_BASE_URL: own, TAMMA_AI_MODEL: 'llama' } })).toBe(
      `local: using local (ollama) llama, ${free}`,
    );
    const missing = use({ environment: { OLLAMA_BASE_URL: own, TAMMA_AI_MODEL: 'gpt-9' } });
    await expect(missing).rejects.toThrow('Ollama has no model gpt-9, but qwen3-coder, llama');
    const withKey = { OLLAMA_BASE_URL: own, ANTHROPIC_API_KEY: 'k' };
    expect(await use({ environment: withKey })).toMatch(/^key: using anthropic/);
    models.length = 0;
    await expect(use({ environment: { OLLAMA_BASE_URL: own } })).rejects.toThrow('Ollama has no model');
  });

  test('of another machine says that somebody pays', () => {
    const gpu = { baseUrl: 'http://gpu.lan:8000/v1', apiKeyEnv: null, priority: 1 };
    const entry = { vendor: 'openai-compatible', model: 'm', ...gpu } as const;
    expect(describeAccess({ name: 'local', entry, model: 'm', variable: undefined })).toBe(
      'using local (openai-compatible) m, paid by whoever runs gpu.lan:8000 (no key)',
    );
  });

  test('does not fall from what somebody has named', async () => {
    const environment = { OPENAI_API_KEY: 'o' };
    expect(await use({ text: 'agent: { provider: anthropic }', environment })).toMatch(
      /^configuration: using anthropic/,
    );
    const text = 'agent: { provider: auto }\nproviders: { anthropic: {}, ollama: { model: q } }';
    await expect(use({ text, environment, nodeVersion: '20.0.0' })).rejects.toThrow(
      'no provider of the configuration can be used: anthropic: no key: set ANTHROPIC_API_KEY; ollama: needs Node 22 or newer, this is 20.0.0',
    );
    const recorded =
      'agent: { provider: auto }\nproviders: { demo: { vendor: recorded, recording: demo.json } }';
    await expect(use({ text: recorded })).rejects.toThrow(/no model can be used/);
  });

  test('ends with what every rung lacks, and with three lines for each way out', async () => {
    const error = await use({ environment: federation }).then(
      () => expect.unreachable(),
      (thrown: unknown) => thrown as TammaError,
    );
    expect(error).toMatchObject({ code: 'KEY_MISSING', exitCode: 2 });
    expect(error.message).toContain('no key is set (OPENAI_API_KEY, OPENROUTER_API_KEY');
    expect(error.message).toContain('anthropic takes the identity of a CI job with `id-token: write`');
    expect(error.message).toContain('GitHub Copilot cannot be used by this version');
    expect(error.message).toContain('Ollama does not answer at 127.0.0.1:9');
    await expect(use({ environment: { TAMMA_BASE_URL: 'nonsense' } })).rejects.toThrow('no http(s) address');

    const summary = explainMissing(error);
    const blocks = summary.match(/```yaml\n(?:.+\n){3}```/g);
    expect(blocks).toHaveLength(ladder.filter(({ fix }) => fix.length > 0).length);
    expect(summary).toContain('anthropic-api-key: ${{ secrets.ANTHROPIC_API_KEY }}');
    expect(explainMissing(new TammaError('USAGE', 'x'))).toBe('');
    expect(explainMissing(null)).toBe('');
  });
});
