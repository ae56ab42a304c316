import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answers.ts';
import type { ForgeCore, RequestRecord } from './core.ts';
import type { RequestFacts } from './faults.ts';
import type { Token } from './state.ts';
import { findToken } from './tokens.ts';

export type Exchange = {
  core: ForgeCore;
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  facts: RequestFacts;
  body: unknown;
  record: RequestRecord;
};

export function drop({ request, record }: Exchange): void {
  record.status = 0;
  request.socket.destroy();
}

export function send(
  { core, request, response, record }: Exchange,
  answer: Omit<Answer, 'status'> & { status: number },
): void {
  const text = answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
  const isKnown =
    record.method === 'GET' && answer.status === 200 && request.headers['if-none-match'] === etag;
  record.status = isKnown ? 304 : answer.status;
  const token = findToken(core.world, request.headers.authorization);
  if (isKnown && token) token.used -= 1;
  response.writeHead(record.status, {
    'content-type':
      answer.text === undefined ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8',
    'x-github-request-id': `FORGE:${core.requests.length}`,
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': record.apiVersion || '2022-11-28',
    ...(token ? toLimitHeaders(token) : {}),
    ...(token?.scopes ? { 'x-oauth-scopes': token.scopes.join(', ') } : {}),
    ...(record.method === 'GET' && answer.status === 200 ? { etag } : {}),
    ...answer.headers,
  });
  response.end(isKnown || record.status === 204 ? undefined : text);
}

function toLimitHeaders({ limit, used }: Token): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(Math.max(0, limit - used)),
    'x-ratelimit-used': String(used),
    'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 3600),
    'x-ratelimit-resource': 'core',
  };
}
