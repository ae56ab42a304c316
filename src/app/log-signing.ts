import type { Config } from '../core/config/schema.ts';
import {
  type CheckSignature,
  createHeadSigner,
  createSignatureCheck,
  type SignHead,
} from '../core/events/head-signature.ts';
import type { Secret } from '../core/text/redact.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a store needs to sign the heads of the log, and to ask for signatures. */
export type LogSigning = { sign?: SignHead; checkSignature?: CheckSignature };

/**
 * By `events.signing`. Where the key is not in the environment, as on a developer's machine, heads are appended unsigned:
 * the next one of a run that has it covers them, and until then verify tells. Throws SIGNING_KEY_INVALID.
 */
export function openLogSigning({ events }: Config, environment: Environment): LogSigning {
  const { keyEnv, publicKeys } = events.signing;
  const pem = keyEnv === null ? undefined : environment[keyEnv];
  return {
    ...(keyEnv !== null && pem ? { sign: createHeadSigner(pem, keyEnv) } : {}),
    ...(publicKeys.length > 0 ? { checkSignature: createSignatureCheck(publicKeys) } : {}),
  };
}

/** The key itself, without the lines around it, which every key has. */
export function signingSecrets({ events }: Config, environment: Environment): Secret[] {
  const { keyEnv } = events.signing;
  const pem = (keyEnv !== null && environment[keyEnv]) || '';
  const lines = pem.replaceAll('\\n', '\n').split('\n');
  const secret = lines.filter((line) => !line.startsWith('-----')).map((line) => line.trim());
  return keyEnv === null
    ? []
    : secret.filter((value) => value !== '').map((value) => ({ name: keyEnv, value }));
}
