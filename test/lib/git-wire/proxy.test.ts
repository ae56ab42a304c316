import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect as connectTcp, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createGitWire, type GitWireOptions } from '../../../src/lib/git-wire/git-wire.ts';
import { findProxy } from '../../../src/lib/git-wire/proxy.ts';

const endings: (() => unknown)[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-tls-'));
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await promisify(execFile)('openssl', ['req', '-x509', ...key, ...names, ...files]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Answers every question with an empty list of refs. */
const answerEmpty: http.RequestListener = (request, response) => {
  request.resume().on('end', () => response.end('0000'));
};

async function serveTls(): Promise<number> {
  const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map((name) => readFile(join(folder, name))));
  const server = https.createServer({ key, cert }, answerEmpty);
  endings.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return listen(server);
}

type Seen = { method: string; url: string; authorization: string | undefined };

/** A proxy as companies have them. `status`: what it answers to those who want a tunnel. */
async function serveProxy(status = 200): Promise<{ port: number; seen: Seen[] }> {
  const seen: Seen[] = [];
  const note = ({ method = '', url = '', headers }: http.IncomingMessage) =>
    seen.push({ method, url, authorization: headers['proxy-authorization'] });
  const server = http.createServer((request, response) => {
    note(request);
    answerEmpty(request, response);
  });
  server.on('connect', (request, socket, head) => {
    note(request);
    const [host, port] = (request.url ?? '').split(':');
    const there = connectTcp(Number(port), host);
    for (const end of [socket, there]) end.on('error', () => {});
    endings.push(
      () => there.destroy(),
      () => socket.destroy(),
    );
    socket.write(`HTTP/1.1 ${status} as configured\r\n\r\n`);
    there.write(head);
    socket.pipe(there).pipe(socket);
  });
  endings.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: await listen(server), seen };
}

function connect(url: string, options: Partial<GitWireOptions>) {
  const wire = createGitWire({ url, ...options });
  endings.push(() => wire.close());
  return wire;
}

describe('a certificate', () => {
  test('is checked against the authorities that are known and those of the environment', async () => {
    const url = `https://localhost:${await serveTls()}/x.git`;
    await expect(connect(url, {}).listRefs([])).rejects.toMatchObject({
      kind: 'untrusted',
      mayHaveArrived: false,
    });
    const environment = { GIT_SSL_CAINFO: join(folder, 'cert.pem') };
    expect((await connect(url, { environment }).listRefs([])).refs.size).toBe(0);
  });
});

describe('a proxy', () => {
  test('passes connections on to https servers, which it cannot read', async () => {
    const proxy = await serveProxy();
    const port = await serveTls();
    const environment = {
      https_proxy: `http://user:pass%20word@127.0.0.1:${proxy.port}`,
      GIT_SSL_CAINFO: join(folder, 'cert.pem'),
    };
    const wire = connect(`https://localhost:${port}/x.git`, { environment, authorization: 'Bearer secret' });
    await wire.listRefs([]);
    await wire.listRefs([]);
    const authorization = `Basic ${Buffer.from('user:pass word').toString('base64')}`;
    expect(proxy.seen).toEqual([{ method: 'CONNECT', url: `localhost:${port}`, authorization }]);
  });

  test('is given whole addresses of http servers', async () => {
    const proxy = await serveProxy();
    const environment = { http_proxy: `127.0.0.1:${proxy.port}` };
    await connect('http://git.example/x.git', { environment }).listRefs([]);
    expect(proxy.seen).toMatchObject([{ method: 'POST', url: 'http://git.example/x.git/git-upload-pack' }]);
  });

  test('that refuses is named, and nothing was sent', async () => {
    const proxy = await serveProxy(407);
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const wire = connect('https://git.example/x.git', { environment });
    await expect(wire.listRefs([])).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('answered 407'),
      mayHaveArrived: false,
    });
  });

  const all = { https_proxy: 'http://a:1', http_proxy: 'http://b:2', all_proxy: 'http://c:3' };

  test.each<[string, Record<string, string>, string | undefined]>([
    ['https://host/x', all, 'http://a:1/'],
    ['http://host/x', all, 'http://b:2/'],
    ['http://host/x', { HTTP_PROXY: 'http://evil:1' }, undefined],
    ['http://host/x', { all_proxy: 'c:3' }, 'http://c:3/'],
    ['https://host/x', { ALL_PROXY: 'https://c:3' }, 'https://c:3/'],
    ['https://host/x', { ...all, no_proxy: 'other, host' }, undefined],
    ['https://a.host/x', { ...all, no_proxy: '.host' }, undefined],
    ['https://a.host/x', { ...all, NO_PROXY: 'host:443' }, undefined],
    ['https://a.host/x', { ...all, no_proxy: 'host:8443' }, 'http://a:1/'],
    ['https://ahost/x', { ...all, no_proxy: 'host' }, 'http://a:1/'],
    ['https://host/x', { ...all, no_proxy: '*' }, undefined],
    ['https://[::1]:8443/x', { ...all, no_proxy: '::1' }, undefined],
  ])('for %s with %j is %s', (url, environment, expected) => {
    expect(findProxy(new URL(url), environment)?.url.href).toBe(expected);
  });

  test('of another kind is left to others', () => {
    const environment = { https_proxy: 'socks5://127.0.0.1:1080' };
    expect(() => findProxy(new URL('https://host/x'), environment)).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    );
  });
});
