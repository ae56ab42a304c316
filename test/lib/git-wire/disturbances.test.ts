import { chmod, mkdir, writeFile } from 'node:fs/promises';
import http, { type RequestListener } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createGitWire, type GitWireOptions } from '../../../src/lib/git-wire/git-wire.ts';
import type { GitFault } from '../../support/git-server.ts';
import {
  createSampleCommit,
  createWireRepository,
  TOKEN,
  type WireRepository,
  type WireRepositoryOptions,
} from '../../support/wire-repository.ts';

const REF = 'refs/heads/log';
const COMMIT = createSampleCommit({ a: '1\n' });
const ORDER = { updates: [{ ref: REF, from: null, to: COMMIT.id }], objects: COMMIT.objects };
const endings: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(endings.splice(0).map((end) => end()));
});

async function open(options: WireRepositoryOptions = {}): Promise<WireRepository> {
  const repository = await createWireRepository(options);
  endings.push(() => repository.close());
  return repository;
}

/** A server that answers whatever a test wants. */
async function serve(listener: RequestListener): Promise<string> {
  const server = http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connect(url: string, options: Partial<GitWireOptions> = {}) {
  const wire = createGitWire({ url, ...options });
  endings.push(() => wire.close());
  return wire;
}

describe('a server that refuses', () => {
  test('is quoted: a hook says why a push is not taken', async () => {
    const home = await open();
    const hook = join(home.gitDirectory, 'hooks', 'pre-receive');
    await mkdir(join(home.gitDirectory, 'hooks'), { recursive: true });
    await writeFile(hook, '#!/bin/sh\necho "GH006: Protected \u001b[31mbranch update failed"\nexit 1\n');
    await chmod(hook, 0o755);
    const report = await home.wire.push(ORDER);
    expect(report.unpacked).toBe(true);
    expect(report.refs.get(REF)).toEqual({ ok: false, reason: 'pre-receive hook declined' });
    expect(report.messages).toBe('GH006: Protected  [31mbranch update failed');
  });

  test.each<[string, GitFault, object]>([
    ['missing', { status: 404 }, { kind: 'missing', mayHaveArrived: false }],
    ['forbidden', { status: 403, body: 'no' }, { kind: 'forbidden', message: 'the server answered 403: no' }],
    ['limited', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'limited', retryAfterMs: 7000 }],
    ['limited', { status: 403, headers: { 'retry-after': '7' } }, { kind: 'limited', mayHaveArrived: false }],
    ['too-large', { status: 413 }, { kind: 'too-large', mayHaveArrived: false }],
    ['server', { status: 502, body: '<p>' }, { kind: 'server', mayHaveArrived: true }],
    ['server', { status: 503, headers: { 'retry-after': 'soon' } }, { retryAfterMs: undefined }],
    ['protocol', { status: 418 }, { kind: 'protocol', mayHaveArrived: false }],
    ['lost', 'cut-before', { kind: 'lost', mayHaveArrived: true }],
    ['lost', 'cut-after', { kind: 'lost', mayHaveArrived: true }],
  ])('is told from others: %s', async (_kind, fault, expected) => {
    const home = await open({ intercept: () => fault });
    await expect(home.wire.push(ORDER)).rejects.toMatchObject(expected);
    const moved = await home.git('for-each-ref', '--format=%(objectname)');
    expect(moved).toBe(fault === 'cut-after' ? COMMIT.id : '');
  });

  test('is asked first where it does not take a push unannounced', async () => {
    let isAnnounced = false;
    const intercept: WireRepositoryOptions['intercept'] = ({ method }) => {
      isAnnounced ||= method === 'GET';
      return isAnnounced ? undefined : { status: 400 };
    };
    const home = await open({ intercept });
    expect((await home.wire.push(ORDER)).refs.get(REF)).toEqual({ ok: true });
    expect(home.sent.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
  });
});

describe('credentials', () => {
  test('are renewed while the server does not know them, and the request is sent again', async () => {
    const home = await open();
    const values = ['Bearer old', 'Bearer new', TOKEN];
    const refused: string[] = [];
    const authorization = {
      get: () => Promise.resolve(values[0] ?? ''),
      renew(value: string) {
        refused.push(value);
        values.shift();
        return values.length > 0;
      },
    };
    expect(await home.open({ authorization }).push(ORDER)).toMatchObject({ unpacked: true });
    expect(refused).toEqual(['Bearer old', 'Bearer new']);
  });

  test('that stay refused are told from those that may only read', async () => {
    const home = await open();
    const never = { get: () => Promise.resolve('Bearer no'), renew: () => true };
    await expect(home.open({ authorization: never }).listRefs(['refs/'])).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
    expect(home.sent).toHaveLength(4);
    const reader = home.open({ authorization: 'Bearer reader' });
    expect((await reader.listRefs(['refs/'])).refs.size).toBe(0);
    await expect(reader.push(ORDER)).rejects.toMatchObject({ kind: 'forbidden' });
    const none = home.open({ authorization: undefined });
    await expect(none.listRefs(['refs/'])).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  test('in an address travel as a header and are not in what is shown', async () => {
    const home = await open();
    const wire = home.open({ url: home.url.replace('//', '//x:tok@'), authorization: undefined });
    expect((await wire.listRefs(['refs/'])).format).toBe('sha1');
    expect(wire.url).toBe(home.url);
    expect(() => connect('ssh://host/x')).toThrow(expect.objectContaining({ kind: 'unsupported' }));
  });
});

describe('redirects', () => {
  const moveTo = (to: () => string) =>
    serve((request, response) => response.writeHead(301, { location: `${to()}${request.url}` }).end());

  test('are followed once within a host, credentials included', async () => {
    const home = await open({
      intercept: ({ repository, service }) =>
        repository === 'acme/old'
          ? { status: 301, headers: { location: `/acme/log.git${service}` } }
          : undefined,
    });
    const wire = home.open({ url: home.url.replace('log.git', 'old') });
    expect((await wire.push(ORDER)).refs.get(REF)).toEqual({ ok: true });
    expect((await wire.listRefs([REF])).refs.get(REF)).toBe(COMMIT.id);
    expect([wire.url, home.sent.length]).toEqual([home.url, 3]);
  });

  test('that only those get who ask first are followed too', async () => {
    let asked = 'git-receive-pack';
    const home = await open({
      intercept: ({ repository, method, service }) =>
        repository === 'acme/old'
          ? method === 'GET'
            ? { status: 301, headers: { location: `/acme/log.git${service}?service=${asked}` } }
            : { status: 404 }
          : undefined,
    });
    const url = home.url.replace('log.git', 'old');
    expect((await home.open({ url }).push(ORDER)).refs.get(REF)).toEqual({ ok: true });
    asked = 'git-upload-pack';
    const wire = home.open({ url });
    expect((await wire.listRefs([REF])).refs.get(REF)).toBe(COMMIT.id);
    expect(wire.url).toBe(home.url);
  });

  test('to another host, in a circle or to something else end there', async () => {
    const elsewhere = await moveTo(() => 'http://localhost:9');
    const circle: string = await moveTo(() => circle);
    const page = await serve((_request, response) => response.writeHead(302, { location: '/login' }).end());
    for (const url of [elsewhere, circle, page]) {
      const wire = connect(`${url}/x.git`, { authorization: TOKEN });
      await expect(wire.listRefs(['refs/'])).rejects.toMatchObject({ kind: 'redirected' });
    }
  });
});

describe('what answers', () => {
  const answers: [string, string | Buffer, object][] = [
    ['a page for people', '<html>hello</html>', { kind: 'unsupported' }],
    ['nothing', '', { kind: 'unsupported' }],
    ['half of a list', '003f', { kind: 'lost' }],
    ['a list without its end', `0042${'a'.repeat(40)} refs/heads/long-name\n`, { kind: 'lost' }],
  ];

  test.each(answers)('with %s is not taken for git', async (_what, body, expected) => {
    const url = await serve((_request, response) => response.end(body));
    await expect(connect(`${url}/x`).listRefs(['refs/'])).rejects.toMatchObject(expected);
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['a page', '<html>'],
    ['half of a report', '000eunpack ok\n'],
    ['a report that ends in the middle', '0030\x01000eunpack ok\n0019ok refs/heads/l'],
    ['a cry for help', '0016\x03out of memory: 1234'],
  ])('to a push with %s may have moved the ref all the same', async (_what, body) => {
    const url = await serve((request, response) => request.resume().on('end', () => response.end(body)));
    await expect(connect(`${url}/x`).push(ORDER)).rejects.toMatchObject({ mayHaveArrived: true });
  });

  test('with more than the limit is cut', async () => {
    const url = await serve((_request, response) => response.end(Buffer.alloc(5000)));
    const wire = connect(`${url}/x`, { limits: { text: 1000, pack: 1000 } });
    await expect(wire.listRefs(['refs/'])).rejects.toMatchObject({ kind: 'too-large' });
    await expect(wire.fetch({ wants: [COMMIT.id] })).rejects.toMatchObject({ kind: 'too-large' });
  });

  test('never is given up', async () => {
    const url = await serve(() => {});
    const wire = connect(`${url}/x`, { idleMs: 20 });
    await expect(wire.listRefs(['refs/'])).rejects.toMatchObject({ kind: 'lost' });
  });

  test('once and then closes the connection that was kept is asked again', async () => {
    let requests = 0;
    const url = await serve((request, response) => {
      requests += 1;
      if (requests === 2) request.socket.destroy();
      else request.resume().on('end', () => response.end('0000'));
    });
    const wire = connect(`${url}/x`);
    await wire.listRefs(['refs/']);
    await new Promise((resolve) => setImmediate(resolve));
    expect((await wire.listRefs(['refs/'])).refs.size).toBe(0);
    expect(requests).toBe(3);
  });

  test('nowhere was sent nothing', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const wire = connect(`http://127.0.0.1:${port}/x`);
    await expect(wire.push(ORDER)).rejects.toMatchObject({ kind: 'unreachable', mayHaveArrived: false });
    wire.close();
  });
});
