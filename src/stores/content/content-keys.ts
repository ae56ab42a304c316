import { TammaError } from '../../core/errors.ts';

/** A secret of 32 bytes and the name under which content says that it needs it. */
export type ContentKey = { id: string; secret: Buffer };

/** The first one seals; all of them open. */
export type ContentKeys = readonly ContentKey[];

const SECRET_BYTES = 32;
const ENTRY = /^([A-Za-z0-9][A-Za-z0-9._-]{0,39}):([A-Za-z0-9+/]{43}=)$/;

/**
 * Keys as a variable holds them: `id:base64` of 32 bytes each, newest first, with commas, spaces or line breaks between.
 * Throws CONTENT_KEY_INVALID, which names the entry by its place and shows nothing of it.
 */
export function parseContentKeys(text: string, source: string): ContentKeys {
  const keys = text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry, index) => parseEntry(entry, `key ${index + 1} of ${source}`));
  const twice = keys.find(({ id }, index) => keys.findIndex((key) => key.id === id) !== index);
  if (twice) throw new TammaError('CONTENT_KEY_INVALID', `${source} has two keys with the id ${twice.id}`);
  if (keys.length === 0) throw new TammaError('CONTENT_KEY_INVALID', `${source} holds no key`);
  return keys;
}

function parseEntry(entry: string, place: string): ContentKey {
  const [, id, encoded] = ENTRY.exec(entry) ?? [];
  const secret = Buffer.from(encoded ?? '', 'base64');
  if (id === undefined || secret.length !== SECRET_BYTES)
    throw new TammaError('CONTENT_KEY_INVALID', `${place} is not \`id:base64\` of ${SECRET_BYTES} bytes`);
  return { id, secret };
}
