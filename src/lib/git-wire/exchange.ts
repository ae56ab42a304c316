import http, {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { HttpRequest } from './http.ts';
import type { HttpProxy } from './proxy.ts';
import { GitWireError } from './wire-error.ts';

export type Target = {
  agent: http.Agent;
  /** That is given the whole address, where no tunnel is needed. */
  proxy: HttpProxy | undefined;
};

export type Order = HttpRequest & Target & { url: URL; authorization: string | undefined; idleMs: number };

export type WholeAnswer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** A server that sends a byte now and then is not waited for any longer. */
const LONGEST_MS = 600_000;

/** Some servers let only git in by its name. */
const USER_AGENT = 'git/2.45 (node)';

/**
 * One request and its whole answer. A connection that had been kept may have been closed by the other side meanwhile:
 * what only reads is then sent again.
 */
export async function exchange(order: Order): Promise<WholeAnswer> {
  try {
    return await sendAndReceive(order);
  } catch (error) {
    if (!(order.isRead && error instanceof StaleConnection)) throw error;
    return await sendAndReceive(order);
  }
}

class StaleConnection extends GitWireError {}

function sendAndReceive(order: Order): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    const request = open(order);
    let isConnected = false;
    let isAnswered = false;
    request.on('socket', (socket) => {
      if (!socket.connecting) isConnected = true;
      else
        socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
          isConnected = true;
        });
    });
    const fail = (cause: Error) =>
      reject(toConnectionError(cause, { request, isConnected, isAnswered, order }));
    request.on('error', fail);
    request.setTimeout(order.idleMs, () => request.destroy(new Error(`no byte for ${order.idleMs} ms`)));
    request.on('response', (response) => {
      isAnswered = true;
      const { statusCode: status = 0, headers } = response;
      readBody(response, order.maxBytes)
        .then((body) => resolve({ status, headers, body }))
        .catch((error: Error) => {
          fail(error);
          request.destroy();
        });
    });
    request.end(order.body);
  });
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    const options = { mayHaveArrived: true };
    if (size > maxBytes)
      throw new GitWireError('too-large', `the answer has more than ${maxBytes} bytes`, options);
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the connection was cut within the answer');
  return Buffer.concat(chunks);
}

function open({ url, method, headers, body, agent, proxy, authorization }: Order): ClientRequest {
  const options: RequestOptions = {
    method,
    agent,
    signal: AbortSignal.timeout(LONGEST_MS),
    headers: {
      'user-agent': USER_AGENT,
      accept: '*/*',
      'accept-encoding': 'identity',
      pragma: 'no-cache',
      ...headers,
      ...(body ? { 'content-length': body.length } : {}),
      ...(authorization ? { authorization } : {}),
      ...(proxy?.authorization ? { 'proxy-authorization': proxy.authorization } : {}),
      host: url.host,
    },
  };
  if (!proxy) return (url.protocol === 'https:' ? https : http).request(url, options);
  const { request } = proxy.url.protocol === 'https:' ? https : http;
  return request(proxy.url, { ...options, path: url.href });
}

type Moment = { request: ClientRequest; isConnected: boolean; isAnswered: boolean; order: Order };

function toConnectionError(cause: Error, { request, isConnected, isAnswered, order }: Moment): GitWireError {
  if (cause instanceof GitWireError) return cause;
  const { code = '' } = cause as { code?: string };
  const place = order.url.host;
  const reason = `${cause.message || code}`;
  if (!isConnected) {
    const isTls = /CERT|SIGNATURE|ERR_TLS|SELF_SIGNED|UNABLE_TO/.test(code);
    const kind =
      isTls || (request.socket as TLSSocket | null)?.authorizationError ? 'untrusted' : 'unreachable';
    return new GitWireError(kind, `no connection to ${place}: ${reason}`, { cause });
  }
  const text = `the connection to ${place} was lost: ${reason}`;
  const isStale = request.reusedSocket && !isAnswered;
  return new (isStale ? StaleConnection : GitWireError)('lost', text, { cause, mayHaveArrived: true });
}
