import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ComposeOptions, compose } from '../../../src/app/compose.ts';
import { createHolder } from '../../../src/hosts/holder.ts';
import { appPermissions } from '../../../src/platforms/github/app-refusal.ts';
import type { App } from '../../forge/state.ts';
import { appKeys } from '../../support/app-keys.ts';
import { createRequest } from '../../support/chat-requests.ts';
import { startFederationServer } from '../../support/federation-server.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';
import { startIdentityIssuer } from '../../support/identity-issuer.ts';
import { startWireServer } from '../../support/wire-server.ts';

let fixture: GitHubFixture;
let app: App;
const notes: string[] = [];
const masked: string[] = [];

beforeAll(async () => {
  fixture = await createGitHubFixture();
  await fixture.local.git(['remote', 'add', 'origin', fixture.options.gitUrl]);
  // A runner has no identity configured.
  for (const key of ['user.name', 'user.email']) await fixture.local.git(['config', '--unset', key]);
  const { metadata: _, ...permissions } = appPermissions;
  app = fixture.forge.addApp({
    slug: 'tamma-acme',
    publicKey: appKeys.publicKey,
    permissions,
    installedOn: { account: 'acme' },
  });
});
beforeEach(() => {
  for (const list of [notes, masked]) list.length = 0;
});
afterAll(() => fixture.remove());

function open(environment: Record<string, string>, more: Partial<ComposeOptions> = {}) {
  const { forge, options, local } = fixture;
  return compose({
    directory: local.directory,
    environment: {
      PATH: process.env.PATH,
      GITHUB_SERVER_URL: forge.url,
      GITHUB_API_URL: forge.url,
      OLLAMA_BASE_URL: 'http://127.0.0.1:9/v1',
      ...environment,
    },
    host: {
      kind: 'terminal',
      holder: createHolder('1'),
      isAlive: () => 'unknown',
      report: (progress) => {
        if (progress.kind === 'note') notes.push(progress.text);
      },
      mask: (secret) => void masked.push(secret),
    },
    clock: options.clock,
    signal: new AbortController().signal,
    secondMs: 100,
    ...more,
  });
}

const asApp = () => ({ TAMMA_APP_ID: String(app.id), TAMMA_APP_PRIVATE_KEY: appKeys.privateKey });
const tokensOfApp = () =>
  [...fixture.forge.world.tokens.values()].filter(({ user }) => user.id === app.user.id);

describe('a run as a GitHub App', () => {
  test('uses its token for the API and for git, masks it, and ends it', async () => {
    const job = fixture.forge.createToken({ kind: 'actions', repository: 'acme/shop', permissions: {} });
    fixture.forge.requests.length = 0;
    const stop = new AbortController();
    const environment = { ...asApp(), GITHUB_TOKEN: job.secret, GITHUB_ACTIONS: 'true' };
    const runtime = await open(environment, { signal: stop.signal });
    const number = await fixture.openIssue({ title: 'With an app', labels: ['tamma'] });
    await runtime.platform.issues.get(number);
    await runtime.store.head();
    const own = tokensOfApp();
    expect(own).toHaveLength(1);
    const secret = own[0]?.secret ?? '';
    expect(masked).toContain(secret);
    expect(masked).toContain(appKeys.privateKey.trim());
    expect(runtime.redactor.finds(`x ${Buffer.from(`x-access-token:${secret}`).toString('base64')}`)).toBe(
      true,
    );
    expect(runtime.redactor.finds(appKeys.privateKey.split('\n')[5] ?? '')).toBe(true);
    expect(notes).toEqual([
      expect.stringMatching(
        /^acting as tamma-acme\[bot\], with tokens for .*acme\/shop that end with this run$/,
      ),
    ]);
    expect(fixture.forge.requests.filter(({ token }) => token === job.secret)).toEqual([]);
    stop.abort(); // a job that is cancelled ends it too
    await runtime.close();
    expect(own[0]?.isRevoked).toBe(true);
  });

  test('revokes its token where it cannot even begin', async () => {
    const before = tokensOfApp().length;
    const broken = open({ ...asApp(), TAMMA_MODE: 'nonsense' });
    await expect(broken).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const own = tokensOfApp().slice(before);
    expect(own.map(({ isRevoked }) => isRevoked)).toEqual([true]);
  });

  test.each([
    ['without its key', { TAMMA_APP_ID: '1' }, 'app-private-key (TAMMA_APP_PRIVATE_KEY) is empty'],
    ['without its id', { TAMMA_APP_PRIVATE_KEY: 'x' }, 'app-id (TAMMA_APP_ID) is empty'],
    ['with an id that is none', { TAMMA_APP_ID: 'my app', TAMMA_APP_PRIVATE_KEY: 'x' }, 'must be the number'],
  ])('%s says what is missing', async (_what, environment, message) => {
    await expect(open(environment)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message),
    });
  });

  test('with a key that is none says so before GitHub is asked', async () => {
    const before = fixture.forge.requests.length;
    await expect(open({ ...asApp(), TAMMA_APP_PRIVATE_KEY: 'nonsense' })).rejects.toMatchObject({
      code: 'APP_KEY_INVALID',
    });
    expect(fixture.forge.requests).toHaveLength(before);
  });
});

describe('a run without a key', () => {
  test('uses the identity of the job for all its steps, and says once who pays', async () => {
    const issuer = await startIdentityIssuer('repo:acme/shop:ref:refs/heads/main');
    const model = await startWireServer(() => ({ text: 'ok' }));
    const server = await startFederationServer({
      issuer: issuer.issuer,
      audience: 'https://api.anthropic.com',
      subject: 'repo:acme/shop:ref:refs/heads/main',
      ids: { federation_rule_id: 'fdrl_1', organization_id: 'org-1' },
      model: model.url,
    });
    const runtime = await open({
      ...{ GITHUB_TOKEN: fixture.options.token, ANTHROPIC_BASE_URL: server.url },
      ...{ ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1', ANTHROPIC_ORGANIZATION_ID: 'org-1' },
      ...issuer.environment,
    });
    for (const step of ['RESEARCH', 'DESIGN', 'CODE_REVIEW'] as const) {
      const provider = await runtime.provider(step);
      await provider.chat(createRequest({ model: provider.model }));
    }
    const line =
      'using anthropic claude-opus-5-5, paid by the organization that trusts this job (ruleId fdrl_1, no key)';
    expect(notes).toEqual([line]);
    expect(runtime.paidBy()).toEqual([line]);
    expect(server.exchanges).toHaveLength(1);
    expect(masked).toHaveLength(2);
    expect(masked.every((secret) => runtime.redactor.finds(secret))).toBe(true);
    await runtime.close();
    await Promise.all([issuer, model, server].map((one) => one.close()));
  });

  test('without an identity and without a server of one’s own has no model, and is told each way to one', async () => {
    const runtime = await open({ GITHUB_TOKEN: fixture.options.token });
    await expect(runtime.provider('DESIGN')).rejects.toMatchObject({
      code: 'KEY_MISSING',
      message: expect.stringContaining('Ollama does not answer'),
    });
    expect(notes).toEqual([]);
    await runtime.close();
  });
});
