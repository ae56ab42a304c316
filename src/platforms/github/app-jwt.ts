import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { TammaError } from '../../core/errors.ts';
import type { TokenSource } from './tokens.ts';

/** GitHub takes ten minutes at most, and clocks differ: a minute into the past, nine ahead (docs, "Generating a JWT for a GitHub App"). */
const BACK_S = 60;
const AHEAD_S = 9 * 60;

/**
 * The private key of an app as people keep it in secrets: PEM, PEM with `\n` as two characters or with blanks instead
 * of line ends, or either of them in base64. Throws APP_KEY_INVALID, with nothing of the key in it.
 */
export function readPrivateKey(text: string): KeyObject {
  const pem = toPem(text) ?? toPem(Buffer.from(text.trim(), 'base64').toString('latin1'));
  try {
    const key = createPrivateKey(pem ?? '');
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // What the library says may quote the key.
  }
  throw new TammaError('APP_KEY_INVALID', 'the private key of the GitHub App is no RSA key in PEM form', {
    help: 'Put the whole .pem file that GitHub gave you into the secret, from -----BEGIN to the end of the last line.',
  });
}

function toPem(text: string): string | undefined {
  const flat = text.replaceAll('\\r', '').replaceAll('\\n', '\n');
  const [, label, body] =
    /-----BEGIN ((?:RSA )?PRIVATE KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----/.exec(flat) ?? [];
  if (!label || !body) return undefined;
  const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Everything that must not be shown of a key: as it was given, and its lines, which logs show one by one. */
export function listKeySecrets(text: string): string[] {
  const pem = toPem(text) ?? toPem(Buffer.from(text.trim(), 'base64').toString('latin1')) ?? '';
  const lines = [...text.split(/\r?\n|\\n/), ...pem.split('\n')].filter((line) => !line.startsWith('-----'));
  return [...new Set([text.trim(), ...lines])].filter((secret) => secret.length >= 32);
}

type JwtOptions = { appId: string; key: KeyObject; now(): Date };

/** Who the app is, signed anew for each request. Where GitHub finds our clock wrong, its own is taken from then on. */
export function createJwtSource({ appId, key, now }: JwtOptions): TokenSource {
  let skewMs: number | undefined;
  return {
    get: async () => signJwt({ appId, key, at: new Date(now().getTime() + (skewMs ?? 0)) }),
    renew({ message, date }) {
      if (skewMs !== undefined || !/'(?:iat|exp)'/.test(message) || Number.isNaN(Date.parse(date)))
        return false;
      skewMs = Date.parse(date) - now().getTime();
      return true;
    },
  };
}

/** RFC 7519 with RS256 (RFC 7518, 3.3). `appId` may be the client id. */
function signJwt({ appId, key, at }: { appId: string; key: KeyObject; at: Date }): string {
  const seconds = Math.floor(at.getTime() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iat: seconds - BACK_S, exp: seconds + AHEAD_S, iss: appId };
  const data = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${data}.${sign('RSA-SHA256', Buffer.from(data), key).toString('base64url')}`;
}
