import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import events from 'node:events';
import { rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from '../../src/lib/once.ts';
import { COMPILED } from './e2e/run-steps.ts';
import type { GitAccess, GitRequest, GitServerOptions } from './git-server.ts';

export type Exchange = {
  options: GitServerOptions;
  requests: GitRequest[];
  running: Set<Socket>;
  request: IncomingMessage;
  response: ServerResponse;
};

type BackendCall = { record: GitRequest; url: URL; cutAfter: boolean; who: GitAccess | undefined };

/** Real git answers one request: `git http-backend` as a CGI program, started by a small process beside this one. */
export async function runBackend(exchange: Exchange, call: BackendCall): Promise<void> {
  const { options, running, request, response } = exchange;
  const { record, url, cutAfter, who } = call;
  const backend = connect({ path: await findBackend(), allowHalfOpen: true });
  running.add(backend);
  backend.on('error', () => {}); // it may answer, and end, before it has read everything
  const env = { ...toCgiEnvironment(options, record, url, request), ...who?.environment };
  backend.write(`${JSON.stringify(env)}\n`);
  request.pipe(backend);
  if (request.destroyed && !request.complete) backend.destroy();
  request.on('close', () => {
    if (!request.complete) backend.destroy();
  });
  const chunks: Buffer[] = [];
  backend.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.on('end', () => backend.end());
  backend.on('close', () => {
    running.delete(backend);
    void Promise.resolve(options.settle?.(record)).then(() => {
      if (cutAfter) request.socket.destroy();
      else sendCgi(response, Buffer.concat(chunks));
    });
  });
}

/** Read now: the runner's variables may be those of this process later. */
const folder = tmpdir();

/** The path of its socket; started with the first request of this process. */
export const findBackend = once(async () => {
  const path = join(folder, `tamma-git-${process.pid}-${randomUUID().slice(0, 8)}.sock`);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'git-backend-process.ts'), path], {
    env: { PATH: process.env.PATH, ...COMPILED },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await events.once(child.stdout, 'data');
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as Socket).unref();
  process.on('exit', () => rmSync(path, { force: true }));
  return path;
});

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
  { root, filter = true }: GitServerOptions,
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
    GIT_CONFIG_COUNT: '3',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_CONFIG_KEY_1: 'http.receivepack',
    GIT_CONFIG_VALUE_1: 'true',
    GIT_CONFIG_KEY_2: 'uploadpack.allowFilter',
    GIT_CONFIG_VALUE_2: String(filter),
    ...(length === undefined ? {} : { CONTENT_LENGTH: length }),
  };
}
