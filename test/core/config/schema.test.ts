import { describe, expect, test } from 'vitest';
import { type ConfigInput, configSchema } from '../../../src/core/config/schema.ts';
import { resolveStepModel } from '../../../src/core/config/step-model.ts';

describe('the configuration and its defaults', () => {
  test('an empty file is a whole configuration', () => {
    expect(configSchema.parse({})).toMatchObject({
      version: 1,
      mode: 'dev',
      labels: { include: ['tamma'], exclude: ['blocked', 'wontfix'] },
      select: { order: 'priority-then-oldest', maxActive: 3, maxIterations: null },
      commands: { install: null, build: null, test: null, lint: null, coverage: null },
      agent: { provider: 'auto', maxTurns: 40 },
      budget: { perStepUsd: 2, perIssueUsd: 10, perDayUsd: 50, perMonthUsd: null },
      gates: { maxAttempts: 3, coverage: { minimum: 80 }, security: { failOn: 'critical' } },
      ambiguity: { threshold: 60, splitAbove: 90 },
      merge: { method: 'squash', deleteBranch: true },
      events: { store: 'git' },
      sandbox: 'required',
      protected: { add: [] },
    });
  });

  test.each([
    ['dev', 'auto', 'required'],
    ['business', 'required', 'required'],
  ] as const)('mode %s asks for design: %s, merge: %s', (mode, design, merge) => {
    expect(configSchema.parse({ mode }).approval).toEqual({ design, merge, ttlDays: 7 });
  });

  test('what the file says of approval wins over the mode', () => {
    const { approval } = configSchema.parse({
      mode: 'business',
      approval: { design: 'auto', merge: 'auto' },
    });
    expect(approval).toMatchObject({ design: 'auto', merge: 'auto' });
  });

  test('a provider entry takes what it leaves out from its vendor', () => {
    const { providers } = configSchema.parse({ providers: { main: { vendor: 'openai', priority: 2 } } });
    expect(providers.main).toEqual({
      vendor: 'openai',
      model: 'gpt-6-sol',
      baseUrl: 'https://api.openai.com/v1',
      apiKeyEnv: 'OPENAI_API_KEY',
      priority: 2,
    });
  });

  test('the name of an entry is its vendor where there is such a vendor', () => {
    expect(configSchema.parse({ providers: { gemini: {} } }).providers.gemini?.vendor).toBe('gemini');
  });

  test('an entry may send no key', () => {
    const { providers } = configSchema.parse({ providers: { openai: { apiKeyEnv: null } } });
    expect(providers.openai?.apiKeyEnv).toBeNull();
  });

  test('without agent.provider the entry with the smallest priority is used', () => {
    const providers = { openai: { priority: 5 }, zai: { priority: 1 } };
    expect(configSchema.parse({ providers }).agent.provider).toBe('zai');
  });

  test('a vendor that is only named gets an entry', () => {
    const input: ConfigInput = {
      agent: { provider: 'openai', steps: { CODE_REVIEW: { provider: 'gemini' } } },
    };
    expect(Object.keys(configSchema.parse(input).providers)).toEqual(['openai', 'gemini']);
  });

  test('“auto” needs no entry', () => {
    expect(configSchema.parse({ agent: { provider: 'auto' } }).providers).toEqual({});
  });

  test('a price that leaves out the cache counts it as the dearest case', () => {
    const { providers } = configSchema.parse({ providers: { openai: { price: { input: 2, output: 10 } } } });
    expect(providers.openai?.price).toEqual({ input: 2, output: 10, cacheRead: 2, cacheWrite: 4 });
  });

  test('an entry without a model takes the one of agent.model', () => {
    const config = configSchema.parse({ agent: { model: 'qwen3' }, providers: { ollama: {} } });
    expect(config.providers.ollama?.model).toBe('qwen3');
  });
});

describe('the model of a step', () => {
  const input: ConfigInput = {
    agent: {
      provider: 'anthropic',
      model: 'claude-sonnet-5',
      steps: {
        RESEARCH: { model: 'claude-haiku-4-5', temperature: 0.2 },
        CODE_REVIEW: { provider: 'openai' },
        DESIGN: { provider: 'auto' },
      },
    },
  };
  const config = configSchema.parse(input);

  test.each([
    ['CODE_GENERATION', { provider: 'anthropic', model: 'claude-sonnet-5', temperature: undefined }],
    ['RESEARCH', { provider: 'anthropic', model: 'claude-haiku-4-5', temperature: 0.2 }],
    ['CODE_REVIEW', { provider: 'openai', model: 'gpt-6-sol', temperature: undefined }],
    ['DESIGN', { provider: 'auto', model: undefined, temperature: undefined }],
  ] as const)('%s asks %j', (stepId, expected) => {
    expect(resolveStepModel(config, stepId)).toEqual(expected);
  });

  test('without agent.model the provider’s own model is asked', () => {
    expect(resolveStepModel(configSchema.parse({ providers: { anthropic: {} } }), 'DESIGN').model).toBe(
      'claude-opus-5-5',
    );
  });
});
