import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Exchange, findBackend, runBackend } from './git-backend.ts';

export type GitAccess = {
  login: string;
  write: boolean;
  /** What hooks of the repository learn about this access. */
  environment?: Readonly<Record<string, string>>;
};

export type GitRequest = {
  method: string;
  repository: string;
  service: string;
  login: string | null;
  status: number;
};

/**
 * What goes wrong with one request: an answer that git never saw the request for, a connection cut before git ran, or
 * one cut after git ran, so that the client does not learn what happened.
 */
export type GitFault =
  | { status: number; headers?: Record<string, string>; body?: string }
  | 'cut-before'
  | 'cut-after';

export type GitServerOptions = {
  /** Holds bare repositories as `<root>/<owner>/<name>.git`. Their hooks run: a `pre-receive` hook is a protected branch. */
  root: string;
  /** One permission per token; Basic (any user name, token as password), Bearer and `token` authorisation work. */
  tokens?: Readonly<Record<string, GitAccess>>;
  publicRead?: boolean;
  /** Whether it leaves out of an answer what nobody wants, as all platforms do. Default true. */
  filter?: boolean;
  /** Default: any that is free. */
  port?: number;
  /** Instead of `tokens`, where access differs from repository to repository. */
  findAccess?: (token: string, repository: string) => GitAccess | 'missing' | undefined;
  /** Called once a request, before git runs; may be async, so that a test can make something happen in between. */
  intercept?: (request: GitRequest) => GitFault | undefined | Promise<GitFault | undefined>;
  /** Called once git has run, before the client learns of it; also after a refused push. */
  settle?: (request: GitRequest) => void | Promise<void>;
};

export type GitServer = {
  /** Base of every repository's URL: `${url}/<owner>/<name>.git`. */
  url: string;
  /** Every request so far, in order of arrival. A refused push and the empty probe of a large one are here too. */
  requests: GitRequest[];
  close(): Promise<void>;
};

/** The same behind a server of somebody else's. */
export type GitListener = {
  requests: GitRequest[];
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends every git that still runs. */
  stop(): void;
};

/**
 * A real git server over smart HTTP on loopback: Node's server in front of `git http-backend`. Never run git
 * synchronously in the process that runs it: that deadlocks.
 */
export async function createGitServer(options: GitServerOptions): Promise<GitServer> {
  const listener = createGitListener(options);
  const server = http.createServer((request, response) => void listener.answer(request, response));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: listener.requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        listener.stop();
      }),
  };
}

export function createGitListener(options: GitServerOptions): GitListener {
  const requests: GitRequest[] = [];
  const running = new Set<Socket>();
  void findBackend();
  return {
    requests,
    answer: (request, response) => answer({ options, requests, running, request, response }),
    stop() {
      for (const backend of running) backend.destroy();
    },
  };
}

async function answer(exchange: Exchange): Promise<void> {
  const { options, request, response } = exchange;
  const url = new URL(request.url ?? '/', 'http://localhost');
  const match =
    /^\/([\w.-]+\/[\w.-]+?)(?:\.git)?(\/(?:info\/refs|git-(?:upload|receive)-pack|HEAD|objects\/.*))$/.exec(
      url.pathname,
    );
  if (!match?.[1] || !match[2] || match[1].includes('..')) {
    response.writeHead(404).end('Not Found');
    return;
  }
  const token = findToken(request.headers.authorization) ?? '';
  const found = options.findAccess ? options.findAccess(token, match[1]) : options.tokens?.[token];
  const who = found === 'missing' ? undefined : found;
  const wantsWrite =
    match[2] === '/git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack';
  const record: GitRequest = {
    method: request.method ?? 'GET',
    repository: match[1],
    service: match[2],
    login: who?.login ?? null,
    status: found === 'missing' ? 404 : toStatus(options, who, wantsWrite),
  };
  exchange.requests.push(record);
  response.on('close', () => {
    record.status = response.statusCode;
  });
  if (record.status !== 200) {
    response.writeHead(
      record.status,
      record.status === 401 ? { 'www-authenticate': 'Basic realm="git"' } : {},
    );
    response.end(record.status === 401 ? 'Authentication required' : 'Permission denied');
    return;
  }
  const fault = await options.intercept?.(record);
  if (fault === 'cut-before') request.socket.destroy();
  else if (fault === undefined || fault === 'cut-after')
    await runBackend(exchange, { record, url, cutAfter: fault === 'cut-after', who });
  else response.writeHead(fault.status, fault.headers ?? {}).end(fault.body ?? '');
}

function toStatus(options: GitServerOptions, who: GitAccess | undefined, wantsWrite: boolean): number {
  if (!who) return options.publicRead && !wantsWrite ? 200 : 401;
  return wantsWrite && !who.write ? 403 : 200;
}

function findToken(authorization = ''): string | undefined {
  const basic = /^Basic (.+)$/i.exec(authorization)?.[1];
  if (basic) return Buffer.from(basic, 'base64').toString().split(':').slice(1).join(':');
  return /^(?:Bearer|token) (.+)$/i.exec(authorization)?.[1];
}
