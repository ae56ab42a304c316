import { listBase64, reverse } from './secret-variants.ts';

/** So many characters of a secret in a row are never an accident. */
export const WINDOW = 12;

/** Only values this long are searched for in pieces. */
const MIN_LENGTH = 24;
const MIN_TOKEN = 16;

/** The beginnings that every key of a vendor has, and that stand in every documentation. */
const PREFIX =
  /^(?:(?:gh[pousr]_[A-Za-z0-9]{1,40}_|gl[a-z]{2,5}-)?eyJ[A-Za-z0-9_-]*\.|sk-(?:ant-[a-z0-9]+-|proj-|or-v1-|svcacct-)?|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox[abeoprs]-|AIza|AKIA|ASIA|npm_)/;

/**
 * All pieces of WINDOW letters and digits of a secret and its encodings. Pieces that could be words are left out: they
 * would hit ordinary text, and their neighbours are found.
 */
export function listFingerprints(value: string): Set<string> {
  const prints = new Set<string>();
  if (value.length < MIN_LENGTH) return prints;
  for (const token of value.split(/[^A-Za-z0-9+/=_.-]+/)) {
    const secret = token.replace(PREFIX, '');
    if (secret.length < MIN_TOKEN) continue;
    const bytes = Buffer.from(secret);
    const hex = bytes.toString('hex');
    for (const form of [secret, reverse(secret)]) addWindows(form, isDistinctive, prints);
    for (const form of [hex, hex.toUpperCase(), ...listBase64(bytes)]) addWindows(form, isVaried, prints);
  }
  return prints;
}

function addWindows(form: string, isKept: (piece: string) => boolean, prints: Set<string>): void {
  const text = form.replace(/[^A-Za-z0-9]/g, '');
  for (let at = 0; at + WINDOW <= text.length; at += 1) {
    const piece = text.slice(at, at + WINDOW);
    if (isKept(piece)) prints.add(piece);
  }
}

/** No word and no number: words have hardly any digits. */
function isDistinctive(piece: string): boolean {
  const digits = piece.match(/\d/g)?.length ?? 0;
  const hasBothCases = /[a-z]/.test(piece) && /[A-Z]/.test(piece);
  return isVaried(piece) && digits < WINDOW && (digits >= 2 || (digits === 1 && hasBothCases));
}

function isVaried(piece: string): boolean {
  return new Set(piece).size >= 5;
}

/** Letters and digits of a text in plain form, and where each of them stands in it. */
export function normaliseForSearch(text: string): { characters: string; offsets: number[] } {
  const offsets: number[] = [];
  let characters = '';
  for (const { 0: match, index } of text.matchAll(/[\p{L}\p{N}]/gu)) {
    for (const plain of match.normalize('NFKC')) {
      if (!/[A-Za-z0-9]/.test(plain)) continue;
      characters += plain;
      offsets.push(index + match.length - 1);
    }
  }
  return { characters, offsets };
}
