import { listFingerprints, normaliseForSearch, WINDOW } from './secret-fingerprints.ts';
import { maskTokens } from './secret-patterns.ts';
import { listVariants } from './secret-variants.ts';

/** `name` stands in the text for the value: the variable it came from. */
export type Secret = { name: string; value: string };

export type Redactor = {
  /** Masks every known secret in every form we know of, and everything of the shape of a credential. May be repeated. */
  redact(text: string): string;
  /** Whether `redact` would find something: such a text is not published. */
  finds(text: string): boolean;
};

/** Shorter values would hit ordinary words. */
export const MIN_SECRET = 8;

/**
 * A redactor for the secrets of this run: exact, escaped, in hex, base64, reversed, and for long ones any twelve
 * characters in a row with whatever between them. It cannot see through ciphers or double encodings: it is the last
 * layer, not the first (security.md 7.7).
 */
export function createRedactor(secrets: readonly (Secret | string)[]): Redactor {
  const known = secrets
    .map((secret) => (typeof secret === 'string' ? { name: 'secret', value: secret } : secret))
    .map(({ name, value }) => ({ name, value: value.trim() }))
    .filter(({ value }) => value.length >= MIN_SECRET);
  const variants = known
    .flatMap(({ name, value }) => listVariants(value).map((text) => ({ name, text })))
    .sort((a, b) => b.text.length - a.text.length);
  const fingerprints = new Map<string, string>();
  for (const { name, value } of known) {
    for (const print of listFingerprints(value)) fingerprints.set(print, name);
  }
  const redact = (text: string): string => {
    const exact = variants.reduce(
      (masked, { name, text: form }) => masked.replaceAll(form, toMark(name)),
      text,
    );
    return maskTokens(maskFragments(exact, fingerprints));
  };
  return { redact, finds: (text) => redact(text) !== text };
}

function toMark(name: string): string {
  return `[REDACTED:${name}]`;
}

/** Masks every stretch of the text that, without separators, holds twelve characters of a secret in a row. */
function maskFragments(text: string, fingerprints: ReadonlyMap<string, string>): string {
  if (fingerprints.size === 0) return text;
  const { characters, offsets } = normaliseForSearch(text);
  const ranges: { from: number; to: number; name: string }[] = [];
  for (let at = 0; at + WINDOW <= characters.length; at += 1) {
    const name = fingerprints.get(characters.slice(at, at + WINDOW));
    if (name === undefined) continue;
    const from = offsets[at] ?? 0;
    const to = (offsets[at + WINDOW - 1] ?? 0) + 1;
    const last = ranges.at(-1);
    if (last && from < last.to) last.to = to;
    else ranges.push({ from, to, name });
  }
  return ranges.reduceRight(
    (masked, { from, to, name }) => masked.slice(0, from) + toMark(name) + masked.slice(to),
    text,
  );
}

const SECRET_NAME =
  /(?:^|_)(?:TOKENS?|KEY|KEYS|APIKEY|SECRETS?|PASS|PASSWD|(?:PG)?PASSWORD|CREDENTIALS?|COOKIES?|AUTH)(?:_|$)/i;
const NO_SECRET_NAME = /_(?:SOCK|FILE|PATH|DIR|URL|URI|ENDPOINT|ISSUER|COUNT|KEY_\d+)$|^GIT_CONFIG_/i;

/**
 * The secrets that an environment holds: values whose variable is called like one, and passwords inside addresses.
 * `extra` names further variables, such as those under `apiKeyEnv`.
 */
export function collectSecrets(
  environment: Readonly<Record<string, string | undefined>>,
  extra: readonly string[] = [],
): Secret[] {
  return Object.entries(environment).flatMap(([name, value]): Secret[] => {
    if (!value || value.length < MIN_SECRET) return [];
    const password = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:([^\s/@]+)@/i.exec(value)?.[1];
    const isNamed = extra.includes(name) || (SECRET_NAME.test(name) && !NO_SECRET_NAME.test(name));
    return [
      ...(isNamed ? [{ name, value }] : []),
      ...(password
        ? [
            { name, value: password },
            { name, value: decode(password) },
          ]
        : []),
    ];
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
