import { type ChildProcess, spawn } from 'node:child_process';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type GitAccess = { login: string; write: boolean };

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
  /** Default: any that is free. */
  port?: number;
  /** Called once a request, before git runs; may be async, so that a test can make something happen in between. */
  intercept?: (request: GitRequest) => GitFault | undefined | Promise<GitFault | undefined>;
};

export type GitServer = {
  /** Base of every repository's URL: `${url}/<owner>/<name>.git`. */
  url: string;
  /** Every request so far, in order of arrival. A refused push and the empty probe of a large one are here too. */
  requests: GitRequest[];
  close(): Promise<void>;
};

/**
 * A real git server over smart HTTP on loopback: Node's server in front of `git http-backend`. Never run git
 * synchronously in the process that runs it: that deadlocks.
 */
export async function createGitServer(options: GitServerOptions): Promise<GitServer> {
  const requests: GitRequest[] = [];
  const running = new Set<ChildProcess>();
  const server = http.createServer((request, response) => {
    void answer({ options, requests, running, request, response });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const child of running) stop(child);
      }),
  };
}

type Exchange = {
  options: GitServerOptions;
  requests: GitRequest[];
  running: Set<ChildProcess>;
  request: IncomingMessage;
  response: ServerResponse;
};

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
  const who = options.tokens?.[findToken(request.headers.authorization) ?? ''];
  const wantsWrite =
    match[2] === '/git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack';
  const record: GitRequest = {
    method: request.method ?? 'GET',
    repository: match[1],
    service: match[2],
    login: who?.login ?? null,
    status: toStatus(options, who, wantsWrite),
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
    runBackend(exchange, record, url, fault === 'cut-after');
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

function runBackend(exchange: Exchange, record: GitRequest, url: URL, cutAfter: boolean): void {
  const { options, running, request, response } = exchange;
  const child = spawn('git', ['http-backend'], {
    env: toCgiEnvironment(options.root, record, url, request),
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  running.add(child);
  request.pipe(child.stdin);
  child.stdin.on('error', () => {}); // the backend may answer before it has read everything
  // http-backend 2.39 spins for ever on a body that was cut short.
  request.on('close', () => {
    if (!request.complete) stop(child);
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    running.delete(child);
    if (cutAfter) request.socket.destroy();
    else sendCgi(response, Buffer.concat(chunks));
  });
}

function sendCgi(response: ServerResponse, output: Buffer): void {
  const end = output.indexOf('\r\n\r\n');
  if (end < 0) {
    response.writeHead(500).end();
    return;
  }
  let status = 200;
  const headers: Record<string, string> = {};
  for (const line of output.subarray(0, end).toString().split('\r\n')) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trim();
    if (/^status$/i.test(line.slice(0, colon))) status = Number.parseInt(value, 10);
    else headers[line.slice(0, colon)] = value;
  }
  response.writeHead(status, headers).end(output.subarray(end + 4));
}

function toCgiEnvironment(
  root: string,
  record: GitRequest,
  url: URL,
  request: IncomingMessage,
): NodeJS.ProcessEnv {
  const length = request.headers['content-length'];
  return {
    PATH: process.env.PATH,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${record.repository}.git${record.service}`,
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: record.method,
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    REMOTE_USER: record.login ?? '',
    REMOTE_ADDR: '127.0.0.1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_CONFIG_KEY_1: 'http.receivepack',
    GIT_CONFIG_VALUE_1: 'true',
    ...(length === undefined ? {} : { CONTENT_LENGTH: length }),
  };
}

/** http-backend is a tree of processes: the whole group ends. */
function stop(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it had ended already
  }
}
