import { readFileSync } from 'node:fs';
import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Header } from '../git-header.ts';
import { exchange, type Target } from './exchange.ts';
import type { GitWireOptions } from './git-wire.ts';
import { createTunnelAgent, type Environment, findProxy, toBasic } from './proxy.ts';
import { toStatusError } from './status-error.ts';
import { GitWireError } from './wire-error.ts';

export type HttpAnswer = { body: Buffer; headers: IncomingHttpHeaders };

export type HttpRequest = {
  method: 'GET' | 'POST';
  /** Below the repository. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: Buffer;
  maxBytes: number;
  /** Nothing there is changed by it: it may be sent again. */
  isRead: boolean;
};

export type Http = {
  readonly url: string;
  /** The answer to 200; everything else is thrown. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
};

/** A new token may be unknown to some of the servers for some seconds. */
const MAX_RENEWALS = 3;
const MAX_REDIRECTS = 5;
const IDLE_MS = 60_000;

/** Requests to one repository: where it is now, who asks, and through what. */
export function createHttp(options: GitWireOptions): Http {
  const { environment = {}, idleMs = IDLE_MS } = options;
  let base = toBase(options.url);
  const header: Header | undefined = options.authorization ?? toBasic(new URL(options.url));
  const targets = createTargets(environment, idleMs);

  async function sendOnce(request: HttpRequest, authorization: string | undefined) {
    const place = base;
    const url = new URL(`${place.href}${request.path}`);
    options.observe?.({
      method: request.method,
      service: request.path,
      sentBytes: request.body?.length ?? 0,
    });
    return {
      place,
      url,
      answer: await exchange({ ...request, url, authorization, idleMs, ...targets.find(url) }),
    };
  }

  async function sendAuthorized(request: HttpRequest) {
    for (let renewals = 0; ; renewals += 1) {
      const value = typeof header === 'object' ? await header.get() : header;
      const sent = await sendOnce(request, value);
      const mayRenew = sent.answer.status === 401 && typeof header === 'object' && renewals < MAX_RENEWALS;
      if (!mayRenew || !(await header.renew(value ?? ''))) return sent;
    }
  }

  return {
    get url() {
      return base.href.replace(/\/$/, '');
    },
    async send(request) {
      for (let redirects = 0; ; redirects += 1) {
        const { place, url, answer } = await sendAuthorized(request);
        const { status, headers, body } = answer;
        if (status === 200) return { headers, body };
        const location = status >= 301 && status <= 308 ? headers.location : undefined;
        if (location === undefined) throw toStatusError(answer, request.isRead);
        if (redirects >= MAX_REDIRECTS)
          throw new GitWireError('redirected', 'the server redirects in a circle');
        if (!URL.canParse(location, url.href))
          throw new GitWireError('redirected', 'the server redirects to what is no address');
        const moved = toMovedBase(new URL(location, url), request.path, {
          from: place,
          isSecret: header !== undefined,
        });
        // Another request may have learned it at the same time.
        if (base === place) base = moved;
      }
    },
    close: () => targets.close(),
  };
}

/** Without credentials, and with the slash that what is below it is appended to. */
function toBase(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new GitWireError('unsupported', 'the address is neither http nor https');
  url.username = '';
  url.password = '';
  url.hash = '';
  url.search = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/`;
  return url;
}

/** A repository that has moved within its host; what it is authorised with is not told to another one, nor in the clear. */
function toMovedBase(to: URL, path: string, { from, isSecret }: { from: URL; isSecret: boolean }): URL {
  const [name = ''] = path.split('?');
  const isDowngrade = from.protocol === 'https:' && to.protocol !== 'https:';
  const isUpgrade = from.protocol === 'http:' && to.protocol === 'https:' && to.hostname === from.hostname;
  const isElsewhere = isSecret && to.origin !== from.origin && !isUpgrade;
  if (!to.pathname.endsWith(`/${name}`) || isDowngrade || isElsewhere) {
    throw new GitWireError(
      'redirected',
      `the server sends this repository's visitors to ${to.origin}${to.pathname}: change the address of the remote if that is right`,
    );
  }
  return toBase(`${to.origin}${to.pathname.slice(0, -name.length)}`);
}

/** Connections are kept: a second request costs no handshake. */
function createTargets(environment: Environment, idleMs: number) {
  const agents = new Map<string, http.Agent>();
  const ca = environment.GIT_SSL_CAINFO ? readFileSync(environment.GIT_SSL_CAINFO) : undefined;
  const tls = ca ? { ca } : {};

  function makeAgent(url: URL, proxy: ReturnType<typeof findProxy>): http.Agent {
    if (url.protocol === 'https:')
      return proxy ? createTunnelAgent(proxy, tls, idleMs) : new https.Agent({ keepAlive: true, ...tls });
    return proxy?.url.protocol === 'https:'
      ? new https.Agent({ keepAlive: true, ...tls })
      : new http.Agent({ keepAlive: true });
  }

  return {
    find(url: URL): Target {
      const proxy = findProxy(url, environment);
      const key = `${url.protocol} ${proxy?.url.href ?? ''}`;
      const agent = agents.get(key) ?? makeAgent(url, proxy);
      agents.set(key, agent);
      return { agent, proxy: url.protocol === 'http:' ? proxy : undefined };
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}
