import { hasTokenShape } from '../text/secret-patterns.ts';
import { isTree } from './environment.ts';
import type { Path } from './read-text.ts';

export type Credential = { path: Path; message: string };

const credentialKey =
  /^(?:api|auth|access|secret|private)?[-_]?(?:key|token|secret|password|passwd|credentials?)$/i;

const advice =
  'holds a credential, and everybody who reads the repository reads it: put it into an environment variable, name that variable under apiKeyEnv, take it out of the history and renew it';

/** Every place where the file holds a credential, or something of the shape of one. The value is never part of the message. */
export function findCredentials(value: unknown, path: Path = []): Credential[] {
  if (typeof value === 'string') return isCredential(value) ? [{ path, message: advice }] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => findCredentials(item, [...path, index]));
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const inside = [...path, key];
    return credentialKey.test(key) && inner !== null
      ? [{ path: inside, message: advice }]
      : findCredentials(inner, inside);
  });
}

function isCredential(text: string): boolean {
  return (
    hasTokenShape(text) ||
    /\b[a-z][a-z0-9+.-]*:\/\/[^/\s@]+@/i.test(text) ||
    /[?&](?:api_?)?(?:key|token|secret)=[^&\s]{8,}/i.test(text)
  );
}
