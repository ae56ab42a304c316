import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { App, Json, Token } from './state.ts';
import { createTestForge, EVERYTHING, type TestForge } from './test-forge.ts';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });

let home: TestForge;
let ask: TestForge['ask'];
let root: Token;
let app: App;
beforeAll(async () => {
  home = await createTestForge();
  ask = home.ask;
  await home.forge.addRepository({ owner: 'acme', name: 'other', files: { 'a.txt': 'a' } });
  home.forge.addUser({ login: 'root', permission: { 'acme/shop': 'admin' } });
  root = home.forge.createToken({ kind: 'pat', login: 'root' });
  app = home.forge.addApp({
    slug: 'helper',
    publicKey: keys.publicKey,
    permissions: { contents: 'write', issues: 'write', workflows: 'write' },
    installedOn: { account: 'acme' },
  });
});
afterAll(() => home.close());

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

function toJwt(
  claims: Json = {},
  key: Parameters<ReturnType<typeof createSign>['sign']>[0] = keys.privateKey,
) {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = { iat: inSeconds(-60), exp: inSeconds(540), iss: String(app.id), ...claims };
  const data = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(body)}`;
  return `${data}.${createSign('RSA-SHA256').update(data).sign(key).toString('base64url')}`;
}

describe('apps of the forge', () => {
  test.each<[string, () => string, number, string]>([
    ['no JWT', () => 'nonsense', 401, 'could not be decoded'],
    ['the key of another', () => toJwt({}, other.privateKey), 401, 'could not be decoded'],
    ['an unknown app', () => toJwt({ iss: '1' }), 404, 'Integration not found'],
    ['one that is over', () => toJwt({ exp: inSeconds(-1) }), 401, "'exp'"],
    ['one that lasts too long', () => toJwt({ exp: inSeconds(700) }), 401, 'too far in the future'],
    ['one from the future', () => toJwt({ iat: inSeconds(60) }), 401, "'iat'"],
  ])('are not let in with %s', async (_what, jwt, status, message) => {
    const answer = await home.forge.call(jwt(), 'GET', '/app');
    expect(answer).toMatchObject({ status, data: { message: expect.stringContaining(message) } });
  });

  test('mint tokens for the repositories and permissions they ask for, and revoke them', async () => {
    const { forge } = home;
    expect((await forge.call(toJwt({ iss: app.clientId }), 'GET', '/app')).data).toMatchObject({
      slug: 'helper',
    });
    const found = (await forge.call(toJwt(), 'GET', '/repos/acme/shop/installation')).data as Json;
    const path = `/app/installations/${found.id}/access_tokens`;
    const mint = (body: Json) => forge.call(toJwt(), 'POST', path, body);
    const answer = await mint({ repositories: ['shop'], permissions: { issues: 'write' } });
    expect(answer).toMatchObject({
      status: 201,
      data: {
        permissions: { metadata: 'read', issues: 'write' },
        repositories: [{ full_name: 'acme/shop' }],
      },
    });
    const { token } = answer.data as { token: string };
    expect(token).toMatch(new RegExp(`^ghs_${app.id}_ey[\\w-]+\\.[\\w-]+\\.[\\w-]+$`));
    expect(token.length).toBeGreaterThan(500);
    const issue = await forge.call(token, 'POST', '/repos/acme/shop/issues', { title: 'By an app' });
    expect(issue).toMatchObject({ status: 201, data: { user: { login: 'helper[bot]', type: 'Bot' } } });
    expect((await forge.call(token, 'GET', '/repos/acme/shop/contents/README.md')).status).toBe(403);
    expect((await forge.call(token, 'GET', '/repos/acme/other')).status).toBe(404);
    expect((await forge.call(token, 'DELETE', '/installation/token')).status).toBe(204);
    expect((await forge.call(token, 'GET', '/repos/acme/shop')).status).toBe(401);
    expect((await mint({ permissions: { administration: 'read' } })).status).toBe(422);
    expect((await mint({ repositories: ['nowhere'] })).status).toBe(422);
  });

  test('are found nowhere but where they are installed', async () => {
    home.forge.addApp({ slug: 'stranger', publicKey: keys.publicKey, permissions: {}, id: 77 });
    const answer = await home.forge.call(toJwt({ iss: '77' }), 'GET', '/repos/acme/shop/installation');
    expect(answer.status).toBe(404);
  });
});

describe('settings of a repository', () => {
  test.each([
    '/actions/permissions',
    '/actions/permissions/workflow',
    '/actions/permissions/fork-pr-contributor-approval',
    '/actions/secrets',
    '/actions/variables',
    '/branches/main/protection',
  ])('%s is for administrators, not for a job or somebody who only writes', async (path) => {
    await ask(home.job, 'GET', path, undefined, 403);
    const isWriters = path === '/actions/secrets' || path === '/actions/variables';
    await ask(home.alice, 'GET', path, undefined, isWriters ? 200 : 403);
    await ask(root, 'GET', path, undefined, path.endsWith('protection') ? 404 : 200);
  });

  test('of Actions can be read and changed', async () => {
    const workflow = '/actions/permissions/workflow';
    await ask(root, 'PUT', workflow, { default_workflow_permissions: 'write' }, 204);
    await ask(root, 'PUT', workflow, { can_approve_pull_request_reviews: false }, 204);
    expect(await ask(root, 'GET', workflow)).toEqual({
      default_workflow_permissions: 'write',
      can_approve_pull_request_reviews: false,
    });
    await ask(root, 'PUT', '/actions/permissions', { enabled: true, allowed_actions: 'selected' }, 204);
    expect(await ask(root, 'GET', '/actions/permissions')).toMatchObject({ allowed_actions: 'selected' });
    await ask(root, 'GET', '/actions/permissions/selected-actions', undefined, 200);
    home.forge.repository('acme/shop').secrets.set('ANTHROPIC_API_KEY', 'hidden');
    expect(await ask(root, 'GET', '/actions/secrets', undefined, 200)).toMatchObject({
      total_count: 1,
      secrets: [{ name: 'ANTHROPIC_API_KEY' }],
    });
    await ask(root, 'GET', '/actions/oidc/customization/sub', undefined, 200);
  });

  test('say which environments there are, and who may deploy from where', async () => {
    const one = '/environments/production';
    const { id } = await ask(root, 'GET', '/users/root', undefined, 200);
    const reviewers = [{ type: 'User', id }];
    const policy = { protected_branches: false, custom_branch_policies: true };
    await ask(root, 'PUT', one, { reviewers, deployment_branch_policy: policy }, 200);
    await ask(root, 'POST', `${one}/deployment-branch-policies`, { name: 'main' }, 200);
    expect(await ask(home.job, 'GET', '/environments', undefined, 200)).toMatchObject({
      environments: [
        {
          name: 'production',
          protection_rules: [
            { type: 'required_reviewers', reviewers: [{ reviewer: { login: 'root' } }] },
            { type: 'branch_policy' },
          ],
          deployment_branch_policy: policy,
        },
      ],
    });
    expect(await ask(home.job, 'GET', `${one}/deployment-branch-policies`, undefined, 200)).toMatchObject({
      branch_policies: [{ name: 'main' }],
    });
    await ask(home.job, 'GET', `${one}/secrets`, undefined, 403);
    await ask(root, 'GET', `${one}/secrets`, undefined, 200);
    await ask(root, 'GET', '/environments/none', undefined, 404);
  });

  test('hold rules that anybody who reads may see, and that a push meets', async () => {
    const job = home.forge.createToken({ kind: 'actions', repository: 'acme/shop', permissions: EVERYTHING });
    const rules = [
      { type: 'non_fast_forward' },
      {
        type: 'pull_request',
        parameters: {
          required_approving_review_count: 1,
          dismiss_stale_reviews_on_push: false,
          require_code_owner_review: false,
          require_last_push_approval: false,
          required_review_thread_resolution: false,
        },
      },
    ];
    const conditions = { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } };
    const draft = { name: 'main', target: 'branch', enforcement: 'active', conditions, rules };
    await ask(home.alice, 'POST', '/rulesets', draft, 403);
    const { id } = await ask(root, 'POST', '/rulesets', draft, 201);
    expect(await ask(job, 'GET', '/rulesets', undefined, 200)).toMatchObject([{ id, name: 'main' }]);
    await ask(job, 'GET', `/rulesets/${id}`, undefined, 200);
    expect(await ask(job, 'GET', '/rules/branches/main', undefined, 200)).toMatchObject([
      { type: 'non_fast_forward' },
      { type: 'pull_request', parameters: { required_approving_review_count: 1 }, ruleset_id: id },
    ]);
    expect(await ask(job, 'GET', '/rules/branches/other', undefined, 200)).toEqual([]);
    const change = { message: 'm', content: 'eA==', branch: 'main' };
    await ask(home.alice, 'PUT', '/contents/x.txt', change, 409);
    await ask(root, 'DELETE', `/rulesets/${id}`, undefined, 204);
    await ask(home.alice, 'PUT', '/contents/x.txt', change, 201);
  });
});
