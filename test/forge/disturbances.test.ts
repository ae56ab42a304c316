import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { githubFaults } from './faults.ts';
import type { Json } from './state.ts';
import { createTestForge, type TestForge } from './test-forge.ts';

let home: TestForge;
beforeAll(async () => {
  home = await createTestForge({}, { webhookSecret: 'hush' });
});
afterAll(() => home.close());
afterEach(() => home.forge.faults.clear());

const count = () => home.forge.repository('acme/shop').issues.size;
const open = (title: string) => home.forge.call(home.job, 'POST', '/repos/acme/shop/issues', { title });
const last = () => home.forge.requests.at(-1);

describe('faults of the forge', () => {
  test('answer in GitHub’s words instead of doing it', async () => {
    const before = count();
    const effects = [
      [githubFaults.serverError(), 500, null],
      [githubFaults.badGateway(), 502, null],
      [githubFaults.secondaryLimit(7), 403, '7'],
      [githubFaults.tooMany(9), 429, '9'],
    ] as const;
    for (const [effect, status, retryAfter] of effects) {
      home.forge.faults.add({ method: 'POST', path: /\/issues$/, effect });
      const answer = await open('not made');
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
      expect(last()).toMatchObject({ status, effect: null, fault: 'answer' });
    }
    home.forge.faults.add({ effect: githubFaults.primaryLimit(new Date(0)) });
    const limited = await open('not made');
    expect(limited.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(count()).toBe(before);
  });

  test('hide what was done: cut, silent, or told as an error', async () => {
    const before = count();
    home.forge.faults.add({ method: 'POST', effect: githubFaults.dropAfterEffect() });
    await expect(open('made, cut')).rejects.toThrow();
    expect(last()).toMatchObject({ status: 0, effect: 201 });
    home.forge.faults.add({ method: 'POST', effect: { kind: 'answer-after', status: 502 } });
    expect((await open('made, 502')).status).toBe(502);
    home.forge.faults.add({ method: 'POST', effect: githubFaults.timeoutAfterEffect() });
    const abort = new AbortController();
    const silent = fetch(`${home.forge.url}/repos/acme/shop/issues`, {
      method: 'POST',
      headers: { authorization: `Bearer ${home.job.secret}` },
      body: JSON.stringify({ title: 'made, silent' }),
      signal: abort.signal,
    });
    while (count() < before + 3) await home.forge.call(home.job, 'GET', '/rate_limit');
    abort.abort();
    await expect(silent).rejects.toThrow();
    home.forge.faults.add({ method: 'POST', effect: { kind: 'drop' } });
    await expect(open('not made')).rejects.toThrow();
    expect(count()).toBe(before + 3);
  });

  test('strike the request they are for: by number, by path, by operation of GraphQL, and git', async () => {
    const { forge, job } = home;
    const effect = githubFaults.serverError();
    forge.faults.add({ nth: 2, times: 2, effect });
    const get = async (path: string) => (await forge.call(job, 'GET', path)).status;
    const all = [
      await get('/rate_limit'),
      await get('/rate_limit'),
      await get('/rate_limit'),
      await get('/rate_limit'),
    ];
    expect(all).toEqual([200, 500, 500, 200]);
    expect(forge.faults.pending()).toEqual([]);
    forge.faults.add({ kind: 'graphql', operation: 'repository', effect });
    const ask = (query: string) => forge.call(job, 'POST', '/graphql', { query });
    expect((await ask('{ viewer { login } }')).status).toBe(200);
    expect((await ask('{ repository(owner: "acme", name: "shop") { name } }')).status).toBe(500);
    forge.faults.add({ kind: 'git', effect: { kind: 'answer', status: 503 } });
    expect(await get('/rate_limit')).toBe(200);
    const url = `${forge.gitUrl('acme', 'shop')}/info/refs?service=git-upload-pack`;
    const headers = { authorization: `Bearer ${job.secret}` };
    expect((await fetch(url, { headers })).status).toBe(503);
    expect((await fetch(url, { headers })).status).toBe(200);
  });

  test('let a read miss the newest write, and only that read', async () => {
    const { forge, job, ask } = home;
    const main = (await ask(job, 'GET', '/git/ref/heads/main', undefined, 200)).object as Json;
    forge.faults.add({ path: /\/git\/ref\/heads\/fresh$/, effect: githubFaults.staleRead() });
    await ask(job, 'POST', '/git/refs', { ref: 'refs/heads/fresh', sha: main.sha }, 201);
    await ask(job, 'GET', '/git/ref/heads/fresh', undefined, 404);
    await ask(job, 'GET', '/git/ref/heads/fresh', undefined, 200);
    forge.faults.add({ effect: { kind: 'delay', milliseconds: 1 } });
    await ask(job, 'GET', '/labels', undefined, 200);
    expect(last()).toMatchObject({ fault: 'delay', status: 200 });
  });
});

describe('webhooks of the forge', () => {
  test('are signed and posted, to whoever asked for the event', async () => {
    const heard: { headers: IncomingHttpHeaders; body: string }[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      heard.push({ headers: request.headers, body });
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    home.forge.webhooks.send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ['issues']);
    await open('told');
    await home.forge.call(home.job, 'POST', '/repos/acme/shop/labels', { name: 'untold' });
    await home.forge.settled();
    server.close();
    expect(heard).toHaveLength(1);
    const [{ headers, body } = { headers: {}, body: '' }] = heard;
    const signature = `sha256=${createHmac('sha256', 'hush').update(body).digest('hex')}`;
    expect(headers).toMatchObject({ 'x-github-event': 'issues', 'x-hub-signature-256': signature });
    expect(headers['user-agent']).toMatch(/^GitHub-Hookshot\//);
    expect(JSON.parse(body)).toMatchObject({ action: 'opened', issue: { title: 'told' } });
  });

  test('come twice or never where a rule says so', async () => {
    const { webhooks } = home.forge;
    const heard: string[] = [];
    webhooks.listen(({ event, id, payload }) => {
      if (event === 'issues') heard.push(`${id} ${(payload.issue as Json).title}`);
    });
    webhooks.rule({ event: 'issues', action: 'opened', copies: 2, times: 1 });
    webhooks.rule({ event: 'issues', copies: 0, times: 1 });
    await open('twice');
    await open('never');
    await open('once');
    await home.forge.settled();
    expect(heard.map((line) => line.split(' ')[1])).toEqual(['twice', 'twice', 'once']);
    expect(heard[0]).toBe(heard[1]);
  });
});

describe('GraphQL of the forge', () => {
  test.each<[string, string, Json, string]>([
    ['a field that is not there', '{ viewer { name2 } }', {}, 'Cannot query field "name2"'],
    [
      'an input of the wrong form',
      'mutation m($i: EnqueuePullRequestInput!) { enqueuePullRequest(input: $i) { clientMutationId } }',
      { i: { pullRequest: 'x' } },
      'not to include unknown field "pullRequest"',
    ],
    [
      'a variable that is not given',
      'query q($o: String!) { repository(owner: $o, name: "x") { id } }',
      {},
      '$o',
    ],
    [
      'a connection without a size',
      '{ repository(owner: "acme", name: "shop") { issues { totalCount } } }',
      {},
      'You must provide a `first` or `last` value',
    ],
    [
      'a page too large',
      '{ repository(owner: "acme", name: "shop") { issues(first: 101) { totalCount } } }',
      {},
      'exceeds the `first` limit of 100 records',
    ],
    [
      'a repository out of reach',
      '{ repository(owner: "acme", name: "no") { id } }',
      {},
      'Could not resolve to a',
    ],
    ['a node that is not there', '{ node(id: "PR_nonsense") { id } }', {}, 'Could not resolve to'],
  ])('refuses %s', async (_what, query, variables, message) => {
    const { errors } = await home.query(home.job, query, variables);
    expect(errors?.map((error) => error.message).join()).toContain(message);
  });

  test('says what kind of refusal it is, and wants the permission', async () => {
    const poor = home.forge.createToken({ kind: 'actions', repository: 'acme/shop', permissions: {} });
    const { errors } = await home.query(
      poor,
      '{ repository(owner: "acme", name: "shop") { issues(first: 1) { totalCount } } }',
    );
    expect(errors).toMatchObject([
      {
        type: 'FORBIDDEN',
        message: 'Resource not accessible by integration',
        path: ['repository', 'issues'],
      },
    ]);
    expect((await home.forge.call(home.job, 'POST', '/graphql', {})).status).toBe(400);
  });

  test('commits on exactly the expected head, and not what is not there', async () => {
    const head = ((await home.ask(home.job, 'GET', '/git/ref/heads/main')).object as Json).sha;
    const commit = (more: Json) =>
      home.query(
        home.job,
        'mutation c($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid signature { isValid } } } }',
        {
          input: {
            branch: { repositoryNameWithOwner: 'acme/shop', branchName: 'main' },
            message: { headline: 'By the API' },
            expectedHeadOid: head,
            fileChanges: { additions: [{ path: 'deep/er/x.txt', contents: 'eA==' }] },
            ...more,
          },
        },
      );
    expect(await commit({ expectedHeadOid: '0'.repeat(40) })).toMatchObject({
      errors: [{ type: 'STALE_DATA' }],
    });
    expect(await commit({ fileChanges: { deletions: [{ path: 'none' }] } })).toMatchObject({
      errors: [{ message: expect.stringContaining('does not exist') }],
    });
    expect(await commit({})).toMatchObject({
      data: { createCommitOnBranch: { commit: { signature: { isValid: true } } } },
    });
    await home.ask(home.job, 'GET', '/contents/deep/er/x.txt', undefined, 200);
  });
});
