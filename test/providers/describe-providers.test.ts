import { describe, expect, test } from 'vitest';
import { configSchema } from '../../src/core/config/schema.ts';
import { vendorIds } from '../../src/core/config/vendors.ts';
import type { Environment } from '../../src/providers/credentials.ts';
import { describeProviders } from '../../src/providers/describe-providers.ts';
import { vendorRows } from '../../src/providers/vendors.ts';

const now = new Date('2026-11-20T10:00:00Z');

function describeAll(
  providers: Record<string, object>,
  environment: Environment = {},
  nodeVersion = '24.1.0',
) {
  const parsed = configSchema.parse({ version: 1, agent: { provider: 'auto' }, providers });
  return describeProviders({ providers: parsed.providers, environment, now, nodeVersion });
}

const find = (rows: ReturnType<typeof describeAll>, name: string) => rows.find((row) => row.name === name);

describe('the list of providers', () => {
  test('has a row for every vendor the configuration knows, and for what is not built yet', () => {
    const rows = describeAll({});
    expect(rows.map(({ name }) => name)).toEqual([...vendorIds, 'github-copilot', 'opencode', 'zen-mcp']);
    expect(Object.keys(vendorRows).sort()).toEqual([...vendorIds].sort());
    expect(find(rows, 'zen-mcp')).toMatchObject({
      available: false,
      wire: null,
      reason: expect.stringContaining('not built yet'),
    });
  });

  test('begins with the configuration, by priority', () => {
    const rows = describeAll({
      b: { vendor: 'openai', priority: 2 },
      a: { vendor: 'zai', priority: 5 },
      anthropic: { priority: 1 },
    });
    expect(rows.slice(0, 4).map(({ name, configured }) => [name, configured])).toEqual([
      ['anthropic', true],
      ['b', true],
      ['a', true],
      ['openai', false],
    ]);
  });

  test('says what each one is and costs, without its key', () => {
    const rows = describeAll({ anthropic: {} }, { ANTHROPIC_API_KEY: 'sk-ant-secret' });
    expect(find(rows, 'anthropic')).toEqual({
      name: 'anthropic',
      vendor: 'anthropic',
      configured: true,
      wire: 'anthropic-messages',
      model: 'claude-opus-5-5',
      baseUrl: 'https://api.anthropic.com',
      key: 'present',
      keyVariables: ['ANTHROPIC_API_KEY'],
      price: 'known',
      available: true,
      reason: '',
    });
    expect(JSON.stringify(rows)).not.toContain('sk-ant-secret');
  });

  test.each([
    ['openai', {}, 'no key: set OPENAI_API_KEY'],
    ['gemini', {}, 'no key: set GEMINI_API_KEY or GOOGLE_API_KEY'],
    ['ollama', {}, 'needs a model'],
    ['openai-compatible', {}, 'needs a baseUrl'],
    ['recorded', {}, 'needs a recording'],
  ])('says what %s lacks', (name, environment, reason) => {
    expect(find(describeAll({}, environment), name)).toMatchObject({ available: false, reason });
  });

  test('tells known, free, worst-case and unknown prices apart', () => {
    const worstCasePrice = { input: 10, output: 50 };
    const rows = describeAll({
      ollama: { model: 'qwen' },
      openrouter: {},
      newest: { vendor: 'anthropic', model: 'claude-next', worstCasePrice },
      priced: { vendor: 'vllm', model: 'm', price: { input: 1, output: 1 } },
    });
    expect(
      ['anthropic', 'ollama', 'openrouter', 'newest', 'priced'].map((name) => find(rows, name)?.price),
    ).toEqual(['known', 'free', 'unknown', 'worst case', 'known']);
  });

  test('says which Node a provider needs', () => {
    const rows = describeAll({ ollama: { model: 'qwen' } }, { ANTHROPIC_API_KEY: 'x' }, '20.19.0');
    expect(find(rows, 'ollama')).toMatchObject({
      available: false,
      reason: 'needs Node 22 or newer, this is 20.19.0',
    });
    expect(find(rows, 'anthropic')).toMatchObject({ available: true });
  });

  test('takes a recording and a model of one’s own as they are', () => {
    const rows = describeAll({
      demo: { vendor: 'recorded', recording: 'demo.json' },
      ollama: { model: 'qwen' },
    });
    expect(find(rows, 'demo')).toMatchObject({ available: true, key: 'not needed', price: 'free' });
    expect(find(rows, 'ollama')).toMatchObject({ available: true, key: 'not needed', keyVariables: [] });
  });
});
