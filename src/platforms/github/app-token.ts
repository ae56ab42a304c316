import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TammaError } from '../../core/errors.ts';
import { createJwtSource, readPrivateKey } from './app-jwt.ts';
import { appPermissions, toAppError } from './app-refusal.ts';
import { type Api, type ApiOptions, createApi } from './request.ts';
import type { RefusedToken, TokenSource } from './tokens.ts';

export type AppTokenOptions = Omit<ApiOptions, 'token' | 'tokens'> & {
  /** The app's number or its client id. */
  appId: string;
  /** PEM in one of the forms that `readPrivateKey` knows. */
  privateKey: string;
  /** Told of every token before anybody else has it: to mask it. */
  onToken(token: string): void;
};

export type AppTokens = TokenSource & {
  /** Ends the token that is in use. May be repeated; never throws: an hour later it ends by itself. */
  revoke(): Promise<void>;
};

const installation = z.object({
  id: z.number(),
  app_slug: z.string(),
  html_url: z.string(),
  suspended_at: z.string().nullish(),
  permissions: z.record(z.string(), z.string()),
});
const minted = z.object({ token: z.string().min(1), expires_at: z.string() });

type Minted = { token: string; at: number; until: number };

const HOUR_MS = 3_600_000;
/** A token with less than this left is not begun with: a push may take its time. */
const SPARE_MS = 5 * 60_000;
/** GitHub's servers learn of a new token one after the other (octokit/auth-app.js, "sendRequestWithRetries"). */
const YOUNG_MS = 5_000;

/**
 * Tokens of an app's installation on one repository, with what Tamma needs and nothing more. Nothing is asked for
 * before the first `get`, which throws APP_KEY_INVALID, APP_NOT_INSTALLED, APP_PERMISSION_MISSING and PLATFORM_*.
 */
export function createAppTokens(options: AppTokenOptions): AppTokens {
  const { appId, privateKey, clock, onToken, secondMs = 1000 } = options;
  const now = () => clock.now().getTime();
  const key = readPrivateKey(privateKey);
  const tokens = createJwtSource({ appId, key, now: clock.now });
  const asApp = createApi({ ...options, token: '', tokens });
  let current: Minted | undefined;
  let pending: Promise<Minted> | undefined;
  let isOver = false;

  async function mint(): Promise<Minted> {
    if (isOver)
      throw new TammaError('PLATFORM_AUTH', 'the token of the app was revoked at the end of the run');
    const at = now();
    const { token, expires_at: expiresAt } = await requestToken(asApp, appId);
    onToken(token);
    current = {
      token,
      at,
      until: Math.min(at + HOUR_MS, Math.max(Date.parse(expiresAt), at + SPARE_MS * 2)),
    };
    return current;
  }

  function renewed(): Promise<Minted> {
    pending ??= mint().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  async function get(): Promise<string> {
    if (current && current.until - now() > SPARE_MS) return current.token;
    const old = current;
    try {
      return (await renewed()).token;
    } catch (error) {
      // GitHub may be down for a moment: the old one still holds for some minutes.
      if (old && old.until > now() && error instanceof TammaError && error.retryable) return old.token;
      throw error;
    }
  }

  let refusals = 0;
  async function renew({ token }: RefusedToken): Promise<boolean> {
    if (isOver) return false;
    if (token !== current?.token) return true;
    if (now() - current.at < YOUNG_MS) {
      refusals += 1;
      if (refusals <= 3) await sleep(refusals * secondMs);
      return refusals <= 3;
    }
    await renewed();
    return true;
  }

  async function revoke(): Promise<void> {
    isOver = true;
    const last = await (pending ?? Promise.resolve(current)).catch(() => current);
    current = undefined;
    if (!last) return;
    const api = createApi({ ...options, token: last.token });
    await api.write(z.unknown(), 'DELETE /installation/token').catch(() => {}); // it ends by itself
  }
  return { get, renew, revoke };
}

async function requestToken(asApp: Api, appId: string): Promise<z.infer<typeof minted>> {
  const found = await asApp
    .get(installation, 'GET /repos/{owner}/{repo}/installation')
    .catch((error: unknown) => {
      throw toAppError(error, { asApp, appId });
    });
  checkInstallation(found, asApp);
  const request = () =>
    asApp.write(minted, 'POST /app/installations/{installation_id}/access_tokens', {
      installation_id: found.id,
      repositories: [asApp.repo],
      permissions: appPermissions,
    });
  // Where no answer came there may be a token that nobody has: it ends by itself.
  return request()
    .catch((error: unknown) => {
      if (error instanceof TammaError && error.code === 'PLATFORM_UNREACHABLE') return request();
      throw error;
    })
    .catch((error: unknown) => {
      throw toAppError(error, { asApp, appId, settings: found.html_url });
    });
}

/** Throws APP_NOT_INSTALLED for a suspended one, APP_PERMISSION_MISSING with all that are missing. */
function checkInstallation(
  {
    app_slug: slug,
    html_url: settings,
    suspended_at: suspendedAt,
    permissions,
  }: z.infer<typeof installation>,
  { owner, repo }: Api,
): void {
  if (suspendedAt) {
    throw new TammaError('APP_NOT_INSTALLED', `the GitHub App ${slug} is suspended on ${owner}/${repo}`, {
      help: `Let an owner unsuspend it: ${settings}`,
    });
  }
  const levels = ['read', 'write', 'admin'];
  const missing = Object.entries(appPermissions).filter(
    ([name, level]) => levels.indexOf(permissions[name] ?? '') < levels.indexOf(level),
  );
  if (missing.length === 0) return;
  const names = missing.map(([name, level]) => `${name}: ${level}`).join(', ');
  throw new TammaError('APP_PERMISSION_MISSING', `the GitHub App ${slug} lacks permissions: ${names}`, {
    help: `Add them in the app’s settings under “Permissions & events”, then let an owner accept them: ${settings}`,
    details: { missing: Object.fromEntries(missing) },
  });
}
