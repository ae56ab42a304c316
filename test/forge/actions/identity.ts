import { createHash, createSign, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Json, World } from '../state.ts';
import type { JobPlace } from './github-context.ts';
import type { JobOrder } from './job.ts';

const BASE = '/_services/token';
/** GitHub's tokens last this many seconds. */
const LIFE = 300;

/** The token service a job with `id-token: write` may ask; answers with the secret it asks with. */
export function addIdentity(place: JobPlace, github: Json, order: JobOrder): string {
  const { world, repository, run } = place;
  const { owner, name, id } = repository;
  const environment = order.environment?.name;
  const isPull = run.event.startsWith('pull_request');
  const context = environment
    ? `environment:${environment}`
    : isPull
      ? 'pull_request'
      : `ref:${String(github.ref)}`;
  const copied = ['ref', 'ref_type', 'sha', 'workflow', 'workflow_ref', 'workflow_sha', 'event_name'];
  const numbered = [
    'run_id',
    'run_number',
    'run_attempt',
    'repository_id',
    'repository_owner_id',
    'actor_id',
  ];
  const secret = `forge-id-${randomUUID()}`;
  world.identities.set(secret, {
    audience: `${world.url}/${owner.login}`,
    // Immutable since 2026-07-15: names can be taken over, ids cannot.
    subject: `repo:${owner.login}@${owner.id}/${name}@${id}:${context}`,
    claims: {
      ...Object.fromEntries(
        [...copied, ...numbered, 'repository', 'repository_owner', 'actor', 'base_ref', 'head_ref'].map(
          (key) => [key, github[key]],
        ),
      ),
      ref_protected: String(github.ref_protected),
      repository_visibility: repository.isPrivate ? 'private' : 'public',
      runner_environment: 'github-hosted',
      job_workflow_ref: order.workflowRef ?? github.workflow_ref,
      ...(environment === undefined ? {} : { environment }),
    },
  });
  return secret;
}

export const identityUrl = (world: World) => `${world.url}${BASE}/request?api-version=2.0`;
export const isIdentityPath = (path: string) => path.startsWith(`${BASE}/`);

/** Discovery, keys, and tokens: what a cloud verifies tokens with, and what a job gets them by. */
export function answerIdentity(world: World, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', world.url);
  const issuer = `${world.url}${BASE}`;
  const send = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (pathname === `${BASE}/.well-known/openid-configuration`) {
    send(200, {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      id_token_signing_alg_values_supported: ['RS256'],
    });
  } else if (pathname === `${BASE}/.well-known/jwks`) {
    const { kty, n, e } = getKeys().publicKey.export({ format: 'jwk' });
    send(200, { keys: [{ kty, n, e, alg: 'RS256', use: 'sig', kid: getKeyId() }] });
  } else {
    const secret = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const identity = world.identities.get(secret);
    if (!identity) return void send(401, { message: 'the job is over, or may have no token' });
    const now = Math.floor(Date.parse(world.now()) / 1000);
    const value = sign({
      ...identity.claims,
      iss: issuer,
      aud: searchParams.get('audience') ?? identity.audience,
      sub: identity.subject,
      jti: randomUUID(),
      iat: now,
      nbf: now - 600,
      exp: now + LIFE,
    });
    send(200, { count: value.length, value });
  }
}

let keys: { publicKey: KeyObject; privateKey: KeyObject } | undefined;

/** Made when first needed: that takes a tenth of a second. */
function getKeys() {
  keys ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return keys;
}

const getKeyId = () =>
  createHash('sha1')
    .update(getKeys().publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');

function sign(claims: Json): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const data = `${part({ typ: 'JWT', alg: 'RS256', kid: getKeyId() })}.${part(claims)}`;
  const signature = createSign('RSA-SHA256').update(data).sign(getKeys().privateKey);
  return `${data}.${signature.toString('base64url')}`;
}
