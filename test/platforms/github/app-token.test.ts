import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { git } from '../../../src/lib/git.ts';
import { createUuidV7 } from '../../../src/lib/uuid.ts';
import { listKeySecrets, readPrivateKey } from '../../../src/platforms/github/app-jwt.ts';
import { appPermissions } from '../../../src/platforms/github/app-refusal.ts';
import { type AppTokenOptions, createAppTokens } from '../../../src/platforms/github/app-token.ts';
import { createGitHubPlatform } from '../../../src/platforms/github/github.ts';
import { toHeaderSource } from '../../../src/platforms/github/tokens.ts';
import type { App } from '../../forge/state.ts';
import { createTestForge, type TestForge } from '../../forge/test-forge.ts';
import { appKeys } from '../../support/app-keys.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';

const { metadata: _, pull_requests: __, ...most } = appPermissions;
const granted = { ...most, pull_requests: 'write' } as const;
/** Milliseconds that the clock of the forge, and ours, are off. */
const off = { forge: 0, ours: 0 };
const clock = {
  now: () => new Date(Date.now() + off.ours),
  newId: () => createUuidV7(new Date()),
};

let home: TestForge;
let local: TestRepository;
let app: App;
let masked: string[] = [];

beforeAll(async () => {
  home = await createTestForge({}, { now: () => new Date(Date.now() + off.forge) });
  local = await createGitRepository({ directory: join(home.root, 'local') });
  app = home.forge.addApp({
    slug: 'tamma-acme',
    publicKey: appKeys.publicKey,
    permissions: { ...granted, workflows: 'write' },
    installedOn: { account: 'acme' },
  });
});
beforeEach(() => {
  Object.assign(off, { forge: 0, ours: 0 });
  masked = [];
});
afterAll(() => home.close());

const inMinutes = (minutes: number) => minutes * 60_000;

function toOptions(more: Partial<AppTokenOptions> = {}): AppTokenOptions {
  return {
    ...{ owner: 'acme', repo: 'shop', apiUrl: home.forge.url, clock, secondMs: 100 },
    ...{ appId: String(app.id), privateKey: appKeys.privateKey },
    onToken: (token) => masked.push(token),
    ...more,
  };
}

function takeRequests(): string[] {
  return home.forge.requests.splice(0).map(({ method, path, status }) => `${method} ${path} ${status}`);
}

describe('the token of a GitHub App', () => {
  test('is for this repository and what Tamma needs, is masked before it is used, and dies with the run', async () => {
    takeRequests();
    const tokens = createAppTokens(toOptions({ appId: app.clientId }));
    const [token, again] = await Promise.all([tokens.get(), tokens.get()]);
    expect(again).toBe(token);
    expect(masked).toEqual([token]);
    const state = home.forge.world.tokens.get(token ?? '');
    expect(state).toMatchObject({ repositories: ['acme/shop'], permissions: { ...appPermissions } });
    await tokens.revoke();
    await tokens.revoke();
    await expect(tokens.get()).rejects.toMatchObject({ code: 'PLATFORM_AUTH' });
    expect(takeRequests()).toEqual([
      'GET /repos/acme/shop/installation 200',
      expect.stringMatching(/^POST \/app\/installations\/\d+\/access_tokens 201$/),
      'DELETE /installation/token 204',
    ]);
    expect(state?.isRevoked).toBe(true);
  });

  test('does what the write token does: as the bot of the app, through the API and through git', async () => {
    const tokens = createAppTokens(toOptions());
    const platform = await createGitHubPlatform({
      ...toOptions(),
      token: '',
      tokens,
      gitUrl: home.forge.gitUrl('acme', 'shop'),
      gitDirectory: local.gitDirectory,
    });
    expect(await platform.actors.self()).toMatchObject({
      id: String(app.user.id),
      login: 'tamma-acme[bot]',
      email: expect.stringContaining(`${app.user.id}+tamma-acme[bot]@`),
      assignable: false,
    });
    const { head } = await platform.branches.getDefault();
    const branch = 'tamma/1-with-an-app';
    await platform.branches.write({ name: branch, expected: null, head });
    expect(await platform.branches.find(branch)).toBe(head);

    off.forge = off.ours = inMinutes(56);
    const before = masked.length;
    await platform.branches.remove(branch, head);
    expect(masked.length).toBe(before + 1);
    off.forge = off.ours = inMinutes(70);
    expect(await platform.branches.find(branch)).toBeUndefined();
    await tokens.revoke();
  });

  test('is made anew where GitHub ended it early', async () => {
    const tokens = createAppTokens(toOptions());
    const platform = await createGitHubPlatform({
      ...toOptions(),
      token: '',
      tokens,
      gitUrl: home.forge.gitUrl('acme', 'shop'),
      gitDirectory: local.gitDirectory,
    });
    const first = await tokens.get();
    const state = home.forge.world.tokens.get(first);
    if (state) state.isRevoked = true;
    off.ours = inMinutes(2);
    expect((await platform.actors.self()).login).toBe('tamma-acme[bot]');
    expect(masked).toHaveLength(2);

    // git as well, in the middle of a push, and the log with its header for itself
    const { head } = await platform.branches.getDefault();
    const revoke = (token = '') =>
      Object.assign(home.forge.world.tokens.get(token) ?? {}, { isRevoked: true });
    revoke(masked.at(-1));
    off.forge = off.ours = inMinutes(4);
    const name = 'tamma/2-ended-early';
    expect(await platform.branches.write({ name, head, expected: null })).toMatchObject({
      status: 'written',
    });
    expect(masked).toHaveLength(3);
    revoke(masked.at(-1));
    off.forge = off.ours = inMinutes(6);
    const url = home.forge.gitUrl('acme', 'shop');
    const authorization = { url, header: toHeaderSource(tokens) };
    await git(['ls-remote', '--', url], { gitDirectory: local.gitDirectory, authorization });
    expect(masked).toHaveLength(4);
    await tokens.revoke();
    const late = git(['ls-remote', '--', url], { gitDirectory: local.gitDirectory, authorization });
    await expect(late).rejects.toMatchObject({ code: 'PLATFORM_AUTH' });
  });

  test('is waited for while GitHub’s servers learn of it, and given up in the end', async () => {
    const tokens = createAppTokens(toOptions());
    const token = await tokens.get();
    const refused = { token, message: 'Bad credentials', date: '' };
    const answers: boolean[] = [];
    for (let turn = 0; turn < 4; turn += 1) answers.push(await tokens.renew(refused));
    expect(answers).toEqual([true, true, true, false]);
    expect(await tokens.renew({ ...refused, token: 'an older one' })).toBe(true);
    await tokens.revoke();
    expect(await tokens.renew(refused)).toBe(false);
  });

  test('is not lost where GitHub is down when it should be renewed', async () => {
    const tokens = createAppTokens(toOptions());
    const first = await tokens.get();
    off.forge = off.ours = inMinutes(57);
    home.forge.faults.add({
      path: /\/installation$/,
      times: 4,
      effect: { kind: 'answer', status: 502, body: {} },
    });
    expect(await tokens.get()).toBe(first);
    expect(await tokens.get()).not.toBe(first);
    await tokens.revoke();
  });

  test('comes in spite of an answer that got lost', async () => {
    const tokens = createAppTokens(toOptions());
    home.forge.faults.add({ path: /\/access_tokens$/, effect: { kind: 'drop', after: true } });
    expect(await tokens.get()).toMatch(/^ghs_/);
    await tokens.revoke();
  });

  test.each([
    ['behind', -20],
    ['ahead', 20],
  ])('comes although the clock of the runner is %s', async (_what, minutes) => {
    off.ours = inMinutes(minutes);
    const tokens = createAppTokens(toOptions());
    takeRequests();
    expect(await tokens.get()).toMatch(/^ghs_/);
    expect(takeRequests().map((line) => line.slice(-3))).toEqual(['401', '200', '201']);
    expect(await tokens.get()).toBe(masked[0]);
    await tokens.revoke();
  });
});

describe('an app that cannot work says what to do', () => {
  test('with the key of another app', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(createAppTokens(toOptions({ privateKey: pem })).get()).rejects.toMatchObject({
      code: 'APP_KEY_INVALID',
      message: expect.stringContaining('could not be decoded'),
      help: expect.stringContaining('app-private-key'),
    });
  });

  test('with an id that no app has', async () => {
    await expect(createAppTokens(toOptions({ appId: '4711' })).get()).rejects.toMatchObject({
      code: 'APP_KEY_INVALID',
      message: 'there is no GitHub App 4711 at this server',
    });
  });

  test('not installed on this repository, also where somebody took it away in mid-run', async () => {
    const tokens = createAppTokens(toOptions());
    await tokens.get();
    const installations = app.installations.splice(0);
    off.forge = off.ours = inMinutes(56);
    await expect(tokens.get()).rejects.toMatchObject({
      code: 'APP_NOT_INSTALLED',
      message: `the GitHub App ${app.id} is not installed on acme/shop`,
      help: expect.stringContaining('Install'),
    });
    app.installations.push(...installations);
    await tokens.revoke();
  });

  test('suspended, with a link to its installation', async () => {
    for (const one of app.installations) one.suspendedAt = '2026-11-20T10:00:00Z';
    await expect(createAppTokens(toOptions()).get()).rejects.toMatchObject({
      code: 'APP_NOT_INSTALLED',
      message: expect.stringContaining('is suspended'),
      help: expect.stringContaining('/settings/installations/'),
    });
    for (const one of app.installations) one.suspendedAt = null;
  });

  test('without permissions: all that are missing are named', async () => {
    const poor = home.forge.addApp({
      slug: 'poor',
      publicKey: appKeys.publicKey,
      permissions: { ...most, actions: 'read', workflows: 'write' },
      installedOn: { account: 'acme' },
    });
    await expect(createAppTokens(toOptions({ appId: String(poor.id) })).get()).rejects.toMatchObject({
      code: 'APP_PERMISSION_MISSING',
      message: 'the GitHub App poor lacks permissions: actions: write, pull_requests: write',
      help: expect.stringContaining('accept'),
    });
  });
});

describe('the private key', () => {
  const pem = appKeys.privateKey.toString();
  test.each([
    ['as GitHub gives it', pem],
    ['in PKCS#8', createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['with \\n as two characters', pem.replaceAll('\n', '\\n')],
    ['with line ends of Windows', pem.replaceAll('\n', '\r\n')],
    ['in one line', pem.replaceAll('\n', ' ')],
    ['in base64', Buffer.from(pem).toString('base64')],
    [
      'in base64 of several lines',
      `${Buffer.from(pem)
        .toString('base64')
        .replace(/(.{76})/g, '$1\n')}\n`,
    ],
  ])('is read %s, and every line of it is a secret', (_what, text) => {
    expect(readPrivateKey(text).export({ type: 'pkcs1', format: 'pem' })).toBe(pem);
    const secrets = listKeySecrets(text);
    expect(secrets).toContain(text.trim());
    expect(secrets.some((secret) => secret.length === 64)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['something else', 'not a key'],
    ['a public key', appKeys.publicKey.toString()],
    ['half a key', pem.slice(0, 900)],
    [
      'a key of another kind',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ],
  ])('is not %s, and nothing of it is in the message', (_what, text) => {
    try {
      readPrivateKey(String(text));
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'APP_KEY_INVALID' });
      expect(JSON.stringify(error) + String(error)).not.toMatch(/MI[A-Z]{2}|nothing|a key$/);
    }
  });
});
