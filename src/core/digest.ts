import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** SHA-256 in lower-case hex. Text is hashed as UTF-8. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * The digest of a plain JSON value: SHA-256 over its canonical form (RFC 8785), so that neither the order of keys nor
 * the spelling of numbers matters. Keys whose value is undefined count as absent. Throws for what JSON cannot say
 * (undefined, NaN, cycles, half a surrogate pair): such a value has no digest.
 */
export function digestOf(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('there is no digest of undefined');
  return sha256(text);
}
