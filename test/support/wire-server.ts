import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findAnthropicFault, findChatFault } from './wire-checks.ts';
import {
  toAnthropicEvents,
  toChatEvents,
  type WireAnswer,
  type WireEvent,
  writeEvent,
} from './wire-events.ts';

/** What the server does with one request. `after` counts server-sent events. */
export type WireReply =
  | { kind: 'answer'; answer: WireAnswer }
  | { kind: 'events'; events: readonly WireEvent[] }
  | { kind: 'error'; status: number; body?: unknown; headers?: Record<string, string> }
  /** The connection breaks, or (`politely`) the body just ends. */
  | { kind: 'cut'; answer: WireAnswer; after: number; politely?: boolean }
  | { kind: 'error-event'; answer: WireAnswer; after: number; error: unknown }
  /** Nothing more comes, and the connection stays open. */
  | { kind: 'stall'; answer: WireAnswer; after: number }
  | { kind: 'silence' };

export type WireRequest = {
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
};

export type WireServer = {
  url: string;
  /** What came in, also what was refused. */
  requests: readonly WireRequest[];
  /** Replies in order; without one the fallback answers. */
  reply(...replies: WireReply[]): void;
  close(): Promise<void>;
};

/**
 * A server that speaks Anthropic's Messages API and OpenAI's Chat Completions over real HTTP, refuses what the vendors
 * refuse, and fails in the ways @copilotkit/aimock cannot.
 */
export async function startWireServer(fallback?: (text: string) => WireAnswer): Promise<WireServer> {
  const requests: WireRequest[] = [];
  const replies: WireReply[] = [];
  const server = createServer((incoming, response) => {
    response.on('error', () => {});
    void readBody(incoming).then((body) => {
      const request = { path: incoming.url ?? '', headers: incoming.headers, body };
      requests.push(request);
      const fault = findFault(request);
      const invalid = { type: 'error', error: { type: 'invalid_request_error', message: fault } };
      if (fault) return send(response, request, { kind: 'error', status: 400, body: invalid });
      const reply = replies.shift() ?? toFallback(fallback, body);
      return send(response, request, reply);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    reply: (...more) => void replies.push(...more),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function isAnthropic({ path }: WireRequest): boolean {
  return path.endsWith('/messages');
}

function findFault(request: WireRequest): string | undefined {
  return isAnthropic(request)
    ? findAnthropicFault(request.body, request.headers)
    : findChatFault(request.body);
}

function toFallback(
  fallback: ((text: string) => WireAnswer) | undefined,
  body: Record<string, unknown>,
): WireReply {
  if (fallback) return { kind: 'answer', answer: fallback(JSON.stringify(body.messages)) };
  return { kind: 'error', status: 418, body: { error: { message: 'the test gave no reply' } } };
}

async function readBody(incoming: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return JSON.parse(text) as Record<string, unknown>;
}

function send(response: ServerResponse, request: WireRequest, reply: WireReply): void {
  if (reply.kind === 'silence') return;
  if (reply.kind === 'error') {
    response.writeHead(reply.status, {
      'content-type': 'application/json',
      'request-id': 'req_1',
      ...reply.headers,
    });
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'request-id': 'req_1',
    'x-request-id': 'req_1',
  });
  const all = reply.kind === 'events' ? reply.events : toEvents(request, reply.answer);
  const events = 'after' in reply ? all.slice(0, reply.after) : all;
  for (const event of events) response.write(writeEvent(event));
  if (reply.kind === 'stall') return;
  if (reply.kind === 'cut' && !reply.politely) {
    setImmediate(() => response.destroy());
    return;
  }
  if (reply.kind === 'error-event') {
    response.write(writeEvent({ ...(isAnthropic(request) ? { event: 'error' } : {}), data: reply.error }));
  }
  response.end();
}

function toEvents(request: WireRequest, answer: WireAnswer): WireEvent[] {
  const model = String(request.body.model);
  const wantsUsage =
    (request.body.stream_options as { include_usage?: boolean } | undefined)?.include_usage === true;
  return isAnthropic(request) ? toAnthropicEvents(answer, model) : toChatEvents(answer, model, wantsUsage);
}
