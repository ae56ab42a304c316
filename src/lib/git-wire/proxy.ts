import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { GitWireError } from './wire-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type HttpProxy = { url: URL; authorization: string | undefined };

/**
 * The proxy for a server, by the rules of curl that git follows (curl(1), "ENVIRONMENT"): `HTTP_PROXY` in capitals is
 * not read, since a CGI program gets it from strangers. Throws `unsupported` for SOCKS.
 */
export function findProxy(target: URL, environment: Environment): HttpProxy | undefined {
  const { https_proxy, HTTPS_PROXY, http_proxy, all_proxy, ALL_PROXY, no_proxy, NO_PROXY } = environment;
  const own = target.protocol === 'https:' ? https_proxy || HTTPS_PROXY : http_proxy;
  const value = own || all_proxy || ALL_PROXY;
  if (!value || isExempt(target, no_proxy || NO_PROXY || '')) return undefined;
  const url = toProxyUrl(value);
  const authorization = toBasic(url);
  url.username = '';
  url.password = '';
  return { url, authorization };
}

function toProxyUrl(value: string): URL {
  const text = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new GitWireError('unsupported', 'the proxy of the environment is neither http nor https');
}

/** `Authorization` for the credentials in a URL. */
export function toBasic({ username, password }: URL): string | undefined {
  if (!username && !password) return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  const actualPort = port || (protocol === 'https:' ? '443' : '80');
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      const [, bracketed, plain = entry, wanted] =
        /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
      const name = bracketed ?? plain;
      const suffix = name.replace(/^\*?\./, '');
      return (
        (wanted === undefined || wanted === actualPort) && (host === suffix || host.endsWith(`.${suffix}`))
      );
    });
}

type Connected = (error: Error | null, socket?: Socket) => void;

/** Connections to https servers through a proxy that is asked to pass them on (`CONNECT`, RFC 9110, 9.3.6). */
export function createTunnelAgent(proxy: HttpProxy, tls: ConnectionOptions, idleMs: number): https.Agent {
  const agent = new https.Agent({ keepAlive: true });
  // The hook of http.Agent for agents of one's own; it may answer later.
  agent.createConnection = ((options: { host: string; port: number }, done: Connected) => {
    openTunnel(proxy, `${options.host}:${options.port}`, idleMs)
      .then((socket) => {
        const secured = connectTls({ ...tls, socket, servername: options.host });
        secured.once('secureConnect', () => done(null, secured));
        secured.once('error', (error) => done(error));
      })
      .catch((error: unknown) => done(error as Error));
    return undefined;
  }) as unknown as typeof agent.createConnection;
  return agent;
}

function openTunnel({ url, authorization }: HttpProxy, target: string, idleMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http;
    const asked = request({
      host: url.hostname,
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      agent: false,
      timeout: idleMs,
      headers: { host: target, ...(authorization ? { 'proxy-authorization': authorization } : {}) },
    });
    asked.once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(
        new GitWireError('unreachable', `the proxy ${url.host} answered ${statusCode} to CONNECT ${target}`),
      );
    });
    asked.once('timeout', () => asked.destroy(new Error('the proxy does not answer')));
    asked.once('error', reject);
    asked.end();
  });
}
