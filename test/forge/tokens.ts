import { randomBytes } from 'node:crypto';
import { toIso } from './git/text.ts';
import type { Scopes, Token, TokenKind, User, World } from './state.ts';
import { ACTIONS_BOT, addUser } from './world.ts';

export type TokenDraft = {
  kind: TokenKind;
  /** Of a `pat`: its user. Of an `app`: `<slug>[bot]`. Not for `actions`. */
  login?: string;
  permissions?: Scopes;
  /** Of a `pat`: makes it a classic one, which says its scopes with every answer. */
  scopes?: readonly string[];
  /** The one it is for; `repositories` where there are several. */
  repository?: string;
  repositories?: readonly string[] | null;
  /** Requests an hour. */
  limit?: number;
  expiresAt?: string;
};

const LIMIT = { actions: 1000, app: 5000, pat: 5000 } as const;
/** Of GitHub Actions itself. */
export const ACTIONS_APP = 15368;

export function createToken(world: World, draft: TokenDraft): Token {
  const user =
    draft.kind === 'actions' ? ACTIONS_BOT : addUser(world, { login: draft.login ?? 'tamma[bot]' });
  const names = draft.repositories ?? (draft.repository === undefined ? null : [draft.repository]);
  const token: Token = {
    secret: draft.scopes ? `ghp_${randomBytes(18).toString('hex')}` : toSecret(world, draft.kind, user),
    kind: draft.kind,
    user,
    repositories: names?.map((name) => name.toLowerCase()) ?? null,
    scopes: draft.scopes ?? null,
    permissions: draft.permissions ?? (draft.kind === 'pat' ? null : {}),
    limit: draft.limit ?? LIMIT[draft.kind],
    used: 0,
    isRevoked: false,
    expiresAt: draft.expiresAt ?? null,
  };
  world.tokens.set(token.secret, token);
  return token;
}

/** Tokens of installations are about 520 characters long: `ghs_<app id>_<JWT>` (GitHub's changelog, 2026-04-27). */
function toSecret(world: World, kind: TokenKind, user: User): string {
  if (kind === 'pat') return `github_pat_${randomBytes(41).toString('hex')}`;
  const app = world.apps.find((entry) => entry.user.id === user.id)?.id ?? ACTIONS_APP;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = { jti: randomBytes(24).toString('hex'), iat: Math.floor(Date.now() / 1000), iss: 'github' };
  const signature = randomBytes(256).toString('base64url');
  return `ghs_${app}_${part({ alg: 'RS256', typ: 'JWT' })}.${part(body)}.${signature}`;
}

/** The token of a request: `Bearer`, `token` and Basic work, as at GitHub. */
export function findToken(world: World, authorization: string | undefined): Token | undefined {
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  const secret = basic
    ? Buffer.from(basic, 'base64').toString().split(':').slice(1).join(':')
    : /^(?:Bearer|token) (.+)$/i.exec(authorization ?? '')?.[1];
  return findSecret(world, secret ?? '');
}

export function findSecret(world: World, secret: string): Token | undefined {
  const token = world.tokens.get(secret);
  if (!token || token.isRevoked) return undefined;
  return token.expiresAt !== null && token.expiresAt <= world.now() ? undefined : token;
}

/** When a token of an installation made now ends. */
export const inAnHour = (world: World): string => toIso(new Date(Date.parse(world.now()) + 3_600_000));
