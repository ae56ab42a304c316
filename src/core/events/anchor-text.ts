import type { LogHead } from './chain.ts';
import type { Anchor } from './known-heads.ts';

/** So many digits of a hash are enough for an anchor: nobody finds another event with the same (2^64 tries). */
export const ANCHOR_DIGITS = 16;

/** A head of the log as texts for people carry it. */
export function writeAnchor({ position, hash }: LogHead): string {
  return `log position ${position}, hash \`${hash.slice(0, ANCHOR_DIGITS)}\``;
}

/** The last one in a text that Tamma wrote: what others have said stands before it. `source`: where the text stands. */
export function findAnchor(text: string, source: string): Anchor | undefined {
  const found = [...text.matchAll(/log position (\d{1,12}), hash `([0-9a-f]{16,64})`/gi)].at(-1);
  return found?.[1] && found[2] ? { position: Number(found[1]), hash: found[2], source } : undefined;
}

/** `1234:<16 to 64 hex digits>`, as people give it. */
export function parseAnchor(text: string, source: string): Anchor | undefined {
  const found = /^(\d{1,12}):([0-9a-f]{16,64})$/.exec(text);
  return found?.[1] && found[2] ? { position: Number(found[1]), hash: found[2], source } : undefined;
}
