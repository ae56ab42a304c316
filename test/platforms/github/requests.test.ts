import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { githubFaults } from '../../forge/faults.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';

describe('requests to GitHub', () => {
  let fixture: GitHubFixture;
  let number: number;
  beforeAll(async () => {
    fixture = await createGitHubFixture();
    number = await fixture.openIssue({ title: 'Anything' });
  });
  beforeEach(() => {
    fixture.forge.faults.clear();
    fixture.takeRequests();
  });
  afterAll(() => fixture.remove());

  const get = () => fixture.platform.issues.get(number);
  const issuePath = () => `GET /issues/${number}`;

  it.each([
    ['a server error', githubFaults.serverError()],
    ['a bad gateway', githubFaults.badGateway()],
    ['a cut connection', { kind: 'drop' as const }],
    ['an answer that never comes', { kind: 'hang' as const }],
  ])('repeats a read after %s', async (_name, effect) => {
    fixture.forge.faults.add({ method: 'GET', effect });
    expect((await get()).title).toBe('Anything');
    expect(fixture.takeRequests()).toEqual([issuePath(), issuePath()]);
  });

  it('gives up on a server that stays broken, and says that another run may go on', async () => {
    fixture.forge.faults.add({ method: 'GET', times: 20, effect: githubFaults.badGateway() });
    await expect(get()).rejects.toMatchObject({ code: 'PLATFORM_UNREACHABLE', retryable: true });
    expect(fixture.takeRequests()).toHaveLength(4);
  });

  it.each([
    ['a secondary limit', githubFaults.secondaryLimit(1)],
    ['too many requests', githubFaults.tooMany(1)],
  ])('waits for a short while after %s', async (_name, effect) => {
    fixture.forge.faults.add({ effect });
    expect((await get()).title).toBe('Anything');
    expect(fixture.takeRequests()).toHaveLength(2);
  });

  it.each([
    ['a secondary limit', githubFaults.secondaryLimit(600), 600_000],
    ['too many requests', githubFaults.tooMany(600), 600_000],
    ['a secondary limit without a time', githubFaults.secondaryLimit(61), 61_000],
  ])('does not sit out a long %s: it says when to come back', async (_name, effect, wait) => {
    fixture.forge.faults.add({ times: 20, effect });
    await expect(get()).rejects.toMatchObject({
      code: 'PLATFORM_RATE_LIMITED',
      retryable: true,
      retryAfterMs: wait,
    });
    expect(fixture.takeRequests()).toHaveLength(1);
  });

  it('reads from the headers when a used-up limit is over', async () => {
    // The throttling plugin looks at the real time.
    const clock = { now: () => new Date(), newId: fixture.options.clock.newId };
    const platform = await fixture.connectAs(fixture.options.token, { clock });
    fixture.forge.faults.add({ effect: githubFaults.primaryLimit(new Date(Date.now() + 1_800_000)) });
    const error: { code: string; retryAfterMs: number } = await platform.issues.get(number).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
    expect(error.code).toBe('PLATFORM_RATE_LIMITED');
    expect(error.retryAfterMs).toBeGreaterThan(1_700_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(1_801_000);
  });

  it('tells a wrong token from a missing permission and from a place that is not there', async () => {
    const wrong = await fixture.connectAs('ghp_wrong');
    await expect(wrong.issues.get(number)).rejects.toMatchObject({ code: 'PLATFORM_AUTH', exitCode: 2 });
    const reading = fixture.forge.createToken({
      kind: 'app',
      login: 'reader[bot]',
      repository: 'acme/shop',
      permissions: { issues: 'read', metadata: 'read' },
    });
    const reader = await fixture.connectAs(reading);
    expect((await reader.issues.get(number)).title).toBe('Anything');
    await expect(reader.issues.update(number, { addLabels: ['x'] })).rejects.toMatchObject({
      code: 'PLATFORM_REFUSED',
      message: expect.stringMatching(/not accessible by integration \(it takes issues: write/),
      help: expect.stringContaining('issues: write'),
    });
    const elsewhere = await fixture.connectAs(fixture.options.token, { repo: 'nothing' });
    await expect(elsewhere.issues.list({ include: ['tamma'], exclude: [] })).rejects.toMatchObject({
      code: 'PLATFORM_REFUSED',
    });
  });

  it('says that nobody is there', async () => {
    const nowhere = await fixture.connectAs(fixture.options.token, {
      apiUrl: 'http://127.0.0.1:1',
      secondMs: 1,
    });
    await expect(nowhere.issues.get(1)).rejects.toMatchObject({ code: 'PLATFORM_UNREACHABLE' });
  });

  it('does not take the page of a proxy for an answer', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please log in</html>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const proxied = await fixture.connectAs(fixture.options.token, { apiUrl });
      await expect(proxied.issues.get(1)).rejects.toMatchObject({
        code: 'PLATFORM_UNREACHABLE',
        message: expect.stringContaining('unknown form'),
      });
    } finally {
      server.close();
    }
  });

  it('names the version of the API it is written for, and shows its token to nobody', async () => {
    await get();
    expect(fixture.forge.requests.at(-1)?.apiVersion).toBe('2022-11-28');
    fixture.forge.faults.add({ effect: { kind: 'answer', status: 418, body: { message: 'no' } } });
    const error = await get().catch((thrown: unknown) => thrown);
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 10 })).not.toContain(fixture.options.token);
  });

  it('counts what it asks for, and knows what is left', async () => {
    const seen: string[] = [];
    const platform = await fixture.connectAs(fixture.options.token, {
      observe: ({ method, route, status }) => void seen.push(`${method} ${route} ${status}`),
    });
    await platform.issues.update(number, { addLabels: ['counted'] });
    expect(platform.usage?.()).toMatchObject({ requests: 2, writes: 1, remaining: expect.any(Number) });
    expect(seen).toEqual([
      'GET /repos/{owner}/{repo}/issues/{issue_number} 200',
      'POST /repos/{owner}/{repo}/issues/{issue_number}/labels 200',
    ]);
  });

  it('speaks to an Enterprise Server under its own paths', async () => {
    const server = await fixture.connectAs(fixture.options.token, { apiUrl: `${fixture.forge.url}/api/v3` });
    expect((await server.issues.get(number)).title).toBe('Anything');
    expect((await server.actors.self()).login).toBe('tamma-user');
  });

  it('reads lists to their end', async () => {
    const busy = await fixture.openIssue({ title: 'Busy' });
    for (let count = 1; count <= 101; count += 1) {
      await fixture.forge.call(fixture.person('alice'), 'POST', `/repos/acme/shop/issues/${busy}/comments`, {
        body: `Comment ${count}`,
      });
    }
    const { comments } = await fixture.platform.issues.get(busy);
    expect(comments).toHaveLength(101);
    expect(comments.at(-1)?.body).toBe('Comment 101');
  });
});
