import { createPublicKey, type JsonWebKey, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

/** What a vendor trusts; read at every request. */
export type FederationRule = {
  issuer: string;
  audience: string;
  subject: string;
  /** The ids of the request, as they must be. */
  ids: Readonly<Record<string, string>>;
  /** Where the model is, behind the gate. */
  model: string;
};

export type FederationServer = {
  /** Base URL of the model's API; Anthropic's token endpoint is below it. */
  url: string;
  /** OpenAI's token endpoint: the address of auth.openai.com is in its SDK. */
  fetch: typeof fetch;
  /** Bodies of all exchanges, also of those that were refused. */
  exchanges: readonly Json[];
  /** Tokens that were given out, oldest first. */
  tokens: readonly string[];
  /** Seconds that a token lives. */
  lifetime: number;
  /** Answers the next exchanges with this. */
  fail(status: number, body: Json, times?: number): void;
  /** Ends a token before its time. */
  revoke(token: string): void;
  close(): Promise<void>;
};

class Refused extends Error {
  readonly status: number;
  readonly error: string;
  constructor(status: number, error: string, message: string) {
    super(message);
    this.status = status;
    this.error = error;
  }
}

/**
 * The token endpoints of Anthropic (RFC 7523, JSON) and OpenAI (RFC 8693, JSON), and a gate before a model's API that
 * lets in only their tokens. Identity tokens are checked as a vendor does: by the issuer's published keys, issuer,
 * audience, subject, times, and each of them once.
 */
export async function startFederationServer(rule: FederationRule): Promise<FederationServer> {
  const exchanges: Json[] = [];
  const live = new Map<string, number>();
  const seen = new Set<unknown>();
  const failures: { status: number; body: Json }[] = [];

  async function exchange(body: Json, headers: Headers): Promise<Json> {
    exchanges.push(body);
    const isOpenAI = String(body.grant_type).endsWith(':token-exchange');
    const jwt = isOpenAI ? checkOpenAI(body) : checkAnthropic(body, headers);
    for (const [key, value] of Object.entries(rule.ids)) {
      if (body[key] !== value) throw new Refused(401, 'invalid_grant', `no rule for this ${key}`);
    }
    const claims = await verifyJwt(jwt, rule);
    if (seen.has(claims.jti)) throw new Refused(401, 'invalid_grant', 'the assertion was used before');
    seen.add(claims.jti);
    const rest = Math.floor(Number(claims.exp) - Date.now() / 1000);
    const expires = isOpenAI ? Math.min(server.lifetime, rest) : server.lifetime;
    const token = `${isOpenAI ? 'eyJ0' : 'sk-ant-oat01-'}${randomBytes(40).toString('base64url')}`;
    live.set(token, Date.now() + expires * 1000);
    return {
      access_token: token,
      token_type: 'Bearer',
      expires_in: expires,
      ...(isOpenAI ? { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' } : {}),
    };
  }

  async function answerExchange(body: Json, headers: Headers): Promise<{ status: number; body: Json }> {
    const failure = failures.shift();
    if (failure) {
      exchanges.push(body);
      return failure;
    }
    try {
      return { status: 200, body: await exchange(body, headers) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // A careless server quotes what it was given.
      const description = `${error.message} (assertion ${body.assertion ?? body.subject_token})`;
      return { status: error.status, body: { error: error.error, error_description: description } };
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const headers = new Headers(request.headers as Record<string, string>);
    if (request.url === '/v1/oauth/token') {
      const answered = await answerExchange(JSON.parse(body) as Json, headers);
      send(response, answered.status, answered.body);
      return;
    }
    const token = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1] ?? '';
    const needsBeta = request.url?.includes('/messages') ?? false;
    const hasBeta = headers.get('anthropic-beta')?.includes('oauth-2025-04-20') ?? false;
    if ((live.get(token) ?? 0) < Date.now() || (needsBeta && !hasBeta)) {
      const error = { type: 'authentication_error', message: `invalid token ${token}` };
      send(response, 401, { type: 'error', error });
      return;
    }
    headers.delete('content-length');
    const passed = await fetch(rule.model + request.url, { method: 'POST', headers, body });
    response.writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? '' });
    response.end(await passed.text());
  }

  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => send(response, 500, { error: String(error) }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const server: FederationServer = {
    url,
    async fetch(input, init) {
      if (String(input) !== 'https://auth.openai.com/oauth/token') return fetch(input, init);
      const answered = await answerExchange(
        JSON.parse(String(init?.body)) as Json,
        new Headers(init?.headers),
      );
      return Response.json(answered.body, { status: answered.status });
    },
    exchanges,
    get tokens() {
      return [...live.keys()];
    },
    lifetime: 3600,
    fail: (status, body, times = 1) =>
      void failures.push(...Array.from({ length: times }, () => ({ status, body }))),
    revoke: (token) => void live.set(token, 0),
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
  return server;
}

function checkAnthropic(body: Json, headers: Headers): string {
  if (!headers.get('anthropic-beta')?.includes('oidc-federation-2026-04-01'))
    throw new Refused(400, 'invalid_request', 'the beta header is missing');
  if (body.grant_type !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
    throw new Refused(400, 'unsupported_grant_type', String(body.grant_type));
  return String(body.assertion);
}

function checkOpenAI(body: Json): string {
  if (body.grant_type !== 'urn:ietf:params:oauth:grant-type:token-exchange')
    throw new Refused(400, 'unsupported_grant_type', String(body.grant_type));
  if (body.subject_token_type !== 'urn:ietf:params:oauth:token-type:jwt')
    throw new Refused(400, 'invalid_request', 'unsupported subject_token_type');
  return String(body.subject_token);
}

async function verifyJwt(jwt: string, rule: FederationRule): Promise<Json> {
  const [head = '', payload = '', signature = ''] = jwt.split('.');
  const { kid, alg } = read(head);
  const claims = read(payload);
  if (claims.iss !== rule.issuer) throw new Refused(401, 'invalid_grant', 'unknown issuer');
  const { jwks_uri: address } = (await (
    await fetch(`${rule.issuer}/.well-known/openid-configuration`)
  ).json()) as {
    jwks_uri: string;
  };
  const { keys } = (await (await fetch(address)).json()) as { keys: (JsonWebKey & { kid: string })[] };
  const key = keys.find((one) => one.kid === kid);
  const isSigned =
    key !== undefined &&
    alg === 'RS256' &&
    verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${payload}`),
      createPublicKey({ key, format: 'jwk' }),
      Buffer.from(signature, 'base64url'),
    );
  const now = Date.now() / 1000;
  const faults: [boolean, string][] = [
    [!isSigned, 'the signature does not verify'],
    [Number(claims.exp) <= now, 'the assertion has expired'],
    [Number(claims.nbf) > now + 30, 'the assertion is not valid yet'],
    [claims.aud !== rule.audience, 'audience mismatch'],
    [claims.sub !== rule.subject, 'subject mismatch'],
  ];
  const fault = faults.find(([holds]) => holds);
  if (fault) throw new Refused(401, 'invalid_grant', fault[1]);
  return claims;
}

function read(part: string): Json {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
  } catch {
    throw new Refused(400, 'invalid_request', 'no JWT');
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

function send(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
