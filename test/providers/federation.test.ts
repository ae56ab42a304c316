import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { configSchema, type ProviderConfig } from '../../src/core/config/schema.ts';
import { createRedactor } from '../../src/core/text/redact.ts';
import { findIdTokens } from '../../src/hosts/id-token.ts';
import type { ChatResponse, Provider } from '../../src/ports/provider.ts';
import { type AccessTokens, createAccessTokens } from '../../src/providers/federation.ts';
import { createProvider } from '../../src/providers/index.ts';
import { createRequest } from '../support/chat-requests.ts';
import { type FederationServer, startFederationServer } from '../support/federation-server.ts';
import { type IdentityIssuer, startIdentityIssuer } from '../support/identity-issuer.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const subject = 'repo:acme@77/shop@4711:ref:refs/heads/main';
const ids = {
  anthropic: {
    ruleId: 'fdrl_1',
    organizationId: 'org-1',
    serviceAccountId: 'svac_1',
    workspaceId: 'wrkspc_1',
  },
  openai: { identityProviderId: 'idp_1', serviceAccountId: 'sa_1' },
};
const wanted = {
  anthropic: {
    federation_rule_id: 'fdrl_1',
    organization_id: 'org-1',
    service_account_id: 'svac_1',
    workspace_id: 'wrkspc_1',
  },
  openai: { identity_provider_id: 'idp_1', service_account_id: 'sa_1' },
};
const audiences = { anthropic: 'https://api.anthropic.com', openai: 'https://api.openai.com/v1' };

describe.each(['anthropic', 'openai'] as const)('%s without a key', (vendor) => {
  let issuer: IdentityIssuer;
  let model: WireServer;
  let server: FederationServer;
  const rule = { issuer: '', audience: audiences[vendor], subject, ids: wanted[vendor], model: '' };
  const masked: string[] = [];

  beforeAll(async () => {
    issuer = await startIdentityIssuer(subject);
    rule.issuer = issuer.issuer;
    model = await startWireServer(() => ({ text: 'ok' }));
    rule.model = model.url;
    server = await startFederationServer(rule);
  });
  beforeEach(() => {
    Object.assign(issuer, { skew: 0 });
    Object.assign(rule, { subject, audience: audiences[vendor] });
    server.lifetime = 3600;
    masked.length = 0;
  });
  afterAll(() => Promise.all([issuer, model, server].map((one) => one.close())));

  function toEntry(more: object = {}): ProviderConfig {
    const row = { vendor, baseUrl: vendor === 'openai' ? `${server.url}/v1` : server.url };
    const { providers } = configSchema.parse({
      providers: { mine: { ...row, federation: ids[vendor], ...more } },
    });
    return providers.mine as ProviderConfig;
  }

  /** Parts as `compose` puts them together, with one source of tokens. */
  async function open(more: object = {}, environment: Record<string, string> = {}): Promise<Provider> {
    const getIdToken = findIdTokens({
      environment: { ...issuer.environment, ...environment },
      onToken: (token) => masked.push(token),
      secondMs: 20,
    });
    let tokens: Promise<AccessTokens> | undefined;
    const exchange = (name: string, entry: ProviderConfig) =>
      (tokens ??= createAccessTokens({
        ...{ name, entry, fetch: server.fetch },
        getIdToken: getIdToken ?? (() => Promise.reject(new Error('no identity'))),
        onToken: (token) => masked.push(token),
      }));
    return await createProvider({
      ...{ name: 'mine', entry: toEntry(more), environment },
      now: () => new Date(),
      readText: () => Promise.reject(new Error('nothing to read')),
      ...(getIdToken ? { exchange } : {}),
    });
  }

  const ask = (provider: Provider): Promise<ChatResponse> =>
    provider.chat(createRequest({ model: provider.model }));

  test('answers to a token that was exchanged for the identity of the job, once for many calls', async () => {
    const [before, asked] = [server.exchanges.length, issuer.asked()];
    const provider = await open();
    expect(server.exchanges).toHaveLength(before);
    for (let call = 0; call < 3; call += 1)
      expect((await ask(provider)).message.parts).toEqual([{ type: 'text', text: 'ok' }]);
    expect(server.exchanges).toHaveLength(before + 1);
    expect(issuer.asked()).toBe(asked + 1);
    const [identity, token] = masked;
    expect(masked).toHaveLength(2);
    expect(identity?.split('.')).toHaveLength(3);
    expect(token).toBe(server.tokens.at(-1));
    expect(model.requests.at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
  });

  test('gets another token where the vendor ended one in mid-run, with a new identity', async () => {
    const provider = await open();
    await ask(provider);
    server.revoke(server.tokens.at(-1) ?? '');
    await ask(provider);
    expect(new Set(masked).size).toBe(4);
  });

  test('gets another token before the last one ends', async () => {
    server.lifetime = 2;
    const provider = await open();
    await ask(provider);
    const before = server.exchanges.length;
    server.lifetime = 3600;
    // A token of two seconds is as good as over for Anthropic’s SDK, and at half its life for OpenAI’s.
    await expect
      .poll(
        async () => {
          await ask(provider);
          return server.exchanges.length;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(before);
  });

  test('takes a key, where there is one, before the identity', async () => {
    const before = server.exchanges.length;
    const provider = await open({}, { ANTHROPIC_API_KEY: 'key-12345678', OPENAI_API_KEY: 'key-12345678' });
    await expect(ask(provider)).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
    expect(server.exchanges).toHaveLength(before);
  });

  test.each([
    ['subject', { subject: 'repo:acme/shop:ref:refs/heads/main' }, 'subject mismatch'],
    ['audience', { audience: 'https://elsewhere.example' }, 'audience mismatch'],
    ['issuer', { issuer: 'https://token.actions.githubusercontent.com' }, 'unknown issuer'],
  ])('says who it is where the rule wants another %s, and nothing secret', async (_what, more, why) => {
    Object.assign(rule, more);
    const error = await ask(await open()).then(
      () => expect.unreachable(),
      (thrown: unknown) => thrown,
    );
    Object.assign(rule, { issuer: issuer.issuer });
    expect(error).toMatchObject({
      code: 'FEDERATION_REFUSED',
      exitCode: 2,
      retryable: false,
      message: expect.stringContaining(why),
      help: expect.stringContaining('2026-07-15'),
    });
    const text = JSON.stringify(error) + String(error) + (error as { help: string }).help;
    expect(text).toContain(`sub ${subject}, aud ${audiences[vendor]}`);
    expect(createRedactor(masked).finds(text)).toBe(false);
  });

  test.each([
    ['behind, so that the identity is over before it comes', -600, 'expired'],
    ['ahead', 1200, 'not valid yet'],
  ])('is refused where the clock of the issuer is %s', async (_what, skew, why) => {
    issuer.skew = skew;
    await expect(ask(await open())).rejects.toMatchObject({
      code: 'FEDERATION_REFUSED',
      message: expect.stringContaining(why),
    });
  });

  test('is worth another run where the vendor does not answer', async () => {
    server.fail(503, { error: 'temporarily_unavailable' });
    await expect(ask(await open())).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE', retryable: true });
    await ask(await open());
  });

  test('asks the runner again where its token service stumbles', async () => {
    issuer.fail(500, 2);
    await ask(await open());
    issuer.fail(500, 3);
    await expect(ask(await open())).rejects.toMatchObject({
      code: 'ID_TOKEN_UNAVAILABLE',
      message: 'the token service of this job refuses with 500',
    });
  });

  test('says which permission the job needs', async () => {
    await expect(open({}, { ACTIONS_ID_TOKEN_REQUEST_URL: '' })).rejects.toMatchObject({
      code: 'ID_TOKEN_UNAVAILABLE',
      help: expect.stringContaining('id-token: write'),
    });
    await expect(
      ask(await open({}, { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-another-job' })),
    ).rejects.toMatchObject({ code: 'ID_TOKEN_UNAVAILABLE', message: expect.stringContaining('401') });
  });

  test('sends no token over a network in the clear', async () => {
    await expect(open({ baseUrl: 'http://models.example/v1' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});
