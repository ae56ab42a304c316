import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/core/config/parse.ts';

const all = {
  ANTHROPIC_FEDERATION_RULE_ID: ' fdrl_1 ',
  ANTHROPIC_ORGANIZATION_ID: 'org-1',
  ANTHROPIC_SERVICE_ACCOUNT_ID: 'svac_1',
};
const openai = { OPENAI_IDENTITY_PROVIDER_ID: 'idp_1', OPENAI_SERVICE_ACCOUNT_ID: 'sa_1' };

function parse(text: string, environment: Record<string, string> = {}) {
  return parseConfig({ text, file: 'config.yml', environment }).config;
}

function problemsOf(text: string, environment: Record<string, string> = {}): string[] {
  try {
    parse(text, environment);
    return [];
  } catch (error) {
    const { problems } = (error as { details: { problems: { path: string; message: string }[] } }).details;
    return problems.map(({ path, message }) => `${path} ${message}`);
  }
}

describe('ids of a federation', () => {
  test('in the environment make a provider, after those with keys', () => {
    const { providers, agent } = parse('', { ...all, ...openai });
    expect(agent.provider).toBe('anthropic');
    expect(providers).toMatchObject({
      anthropic: {
        priority: 1,
        federation: { ruleId: 'fdrl_1', organizationId: 'org-1', serviceAccountId: 'svac_1' },
      },
      openai: { priority: 2, federation: { identityProviderId: 'idp_1', serviceAccountId: 'sa_1' } },
    });
    expect(parse('', { ...all, GEMINI_API_KEY: 'g' }).agent.provider).toBe('gemini');
  });

  test('that are not all there make none', () => {
    const { ANTHROPIC_ORGANIZATION_ID: _, ...some } = all;
    expect(parse('', some)).toMatchObject({ agent: { provider: 'auto' }, providers: {} });
  });

  test('of the environment go before those of the file, and fill in what it leaves out', () => {
    const text =
      'providers: { mine: { vendor: anthropic, federation: { ruleId: fdrl_0, workspaceId: wrkspc_1 } } }';
    expect(
      parse(text, { ...all, ANTHROPIC_FEDERATION_AUDIENCE: 'https://a.example' }).providers.mine,
    ).toMatchObject({
      federation: {
        ruleId: 'fdrl_1',
        organizationId: 'org-1',
        workspaceId: 'wrkspc_1',
        audience: 'https://a.example',
      },
    });
    expect(parse('agent: { provider: openai }', openai).providers.openai?.federation).toEqual({
      identityProviderId: 'idp_1',
      serviceAccountId: 'sa_1',
    });
  });

  test.each<[string, string[]]>([
    [
      'providers: { anthropic: { federation: { ruleId: fdrl_1 } } }',
      [
        'providers.anthropic.federation needs organizationId (its UUID), here or in ANTHROPIC_ORGANIZATION_ID',
      ],
    ],
    [
      'providers: { openai: { federation: { identityProviderId: i, serviceAccountId: s, ruleId: r } } }',
      [
        'providers.openai.federation.ruleId is no key of openai’s federation: identityProviderId, serviceAccountId, audience',
      ],
    ],
    [
      'providers: { gemini: { federation: { serviceAccountId: s } } }',
      ['providers.gemini.federation is for anthropic, openai: gemini takes keys only'],
    ],
    [
      'providers: { anthropic: { federation: { ruleId: "a b", organizationId: o } } }',
      ['providers.anthropic.federation.ruleId is no id: write fdrl_… as anthropic shows it'],
    ],
  ])('%s says what is wrong', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});
