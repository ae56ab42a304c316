import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { Refusal } from './answers.ts';
import type { App, Scopes, World } from './state.ts';
import { addUser } from './world.ts';

export type AppDraft = {
  slug: string;
  /** PEM of the public half: the forge has no use for the private one. */
  publicKey: string;
  permissions: Scopes;
  /** Account it is installed on, and there on these repositories only (full names). Default: on none. */
  installedOn?: { account: string; repositories?: readonly string[] };
  id?: number;
};

/** A GitHub App; its bot is `<slug>[bot]`. */
export function addApp(world: World, draft: AppDraft): App {
  const app: App = {
    id: draft.id ?? world.newId(),
    slug: draft.slug,
    clientId: `Iv23li${draft.slug.replaceAll(/\W/g, '')}`,
    publicKey: draft.publicKey,
    owner: addUser(world, { login: draft.installedOn?.account ?? 'acme', type: 'Organization' }),
    user: addUser(world, { login: `${draft.slug}[bot]`, type: 'Bot' }),
    permissions: { metadata: 'read', ...draft.permissions },
    installations: [],
  };
  world.apps.push(app);
  if (draft.installedOn) {
    app.installations.push({
      id: world.newId(),
      account: addUser(world, { login: draft.installedOn.account, type: 'Organization' }),
      repositories: draft.installedOn.repositories?.map((name) => name.toLowerCase()) ?? null,
      createdAt: world.now(),
      suspendedAt: null,
    });
  }
  return app;
}

const UNREADABLE = 'A JSON web token could not be decoded';

/**
 * The app behind `Authorization: Bearer <JWT>`, or GitHub's refusal: RS256 by its key, issued in the past, and over in
 * ten minutes at most (GitHub's documentation, "Generating a JSON Web Token for a GitHub App").
 */
export function findApp(world: World, authorization: string | undefined): App {
  const jwt = /^(?:Bearer|token) ([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(authorization ?? '');
  if (!jwt) throw new Refusal(401, UNREADABLE);
  const [, header = '', body = '', signature = ''] = jwt;
  const { alg } = readPart(header) as { alg?: unknown };
  const { iss, iat, exp } = readPart(body) as { iss?: unknown; iat?: unknown; exp?: unknown };
  const app = world.apps.find(({ id, clientId }) => String(iss) === String(id) || iss === clientId);
  if (!app) throw new Refusal(404, 'Integration not found');
  const data = Buffer.from(`${header}.${body}`);
  if (alg !== 'RS256' || !verify('RSA-SHA256', data, keyOf(app), Buffer.from(signature, 'base64url'))) {
    throw new Refusal(401, UNREADABLE);
  }
  const now = Math.floor(Date.parse(world.now()) / 1000);
  if (typeof exp !== 'number' || exp <= now) {
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + 600) throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== 'number' || iat > now + 5) {
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  return app;
}

const keyOf = ({ publicKey }: App): KeyObject => createPublicKey(publicKey);

function readPart(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) ?? {};
  } catch {
    throw new Refusal(401, UNREADABLE);
  }
}
