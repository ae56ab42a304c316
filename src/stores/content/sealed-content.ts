import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { sha256 } from '../../core/digest.ts';
import { TammaError } from '../../core/errors.ts';
import type { StoredContent } from '../../ports/content-store.ts';
import type { ContentKey, ContentKeys } from './content-keys.ts';

/** What can be told of sealed content without its key. `key`: id of the one it needs, null where it needs none. */
export type SealedHeader = StoredContent & { key: string | null };

/** Larger content is none of ours. */
export const MAX_CONTENT_BYTES = 64 * 1024 * 1024;
/** Room for a header, which is about 300 bytes. */
export const HEADER_BYTES = 1024;

const CIPHER = 'aes-256-gcm';
const PURPOSE = 'tamma-content-v1';
const base64 = z.string().max(40);

const headerLine = z.strictObject({
  tamma: z.literal(PURPOSE),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  kind: z.enum(['prompt', 'answer', 'diff', 'log']),
  bytes: z.int().min(0).max(MAX_CONTENT_BYTES),
  storedAt: z.iso.datetime(),
  seal: z.strictObject({ key: z.string().max(40), iv: base64, tag: base64 }).nullable(),
});
type HeaderLine = z.infer<typeof headerLine>;

/**
 * Content as it is stored: one line of JSON that says what it is, then the text, deflated and, with a key, encrypted by
 * AES-256-GCM. Deflated first: the other way round costs three to four times the space (research/events.md, B.7).
 */
export function sealContent(text: string, about: StoredContent, key: ContentKey | undefined): Buffer {
  const deflated = deflateRawSync(text);
  const plain = { tamma: PURPOSE, ...about } as const;
  if (!key) return join({ ...plain, seal: null }, deflated);
  const iv = randomBytes(12);
  const cipher = createCipheriv(CIPHER, deriveKey(key, about.digest), iv).setAAD(toBound(about, key.id));
  const body = Buffer.concat([cipher.update(deflated), cipher.final()]);
  const tag = cipher.getAuthTag().toString('base64');
  return join({ ...plain, seal: { key: key.id, iv: iv.toString('base64'), tag } }, body);
}

/** Throws CONTENT_CORRUPT where it is not what was asked for, CONTENT_KEY_MISSING where its key is not among these. */
export function openContent(sealed: Buffer, { digest, keys }: { digest: string; keys: ContentKeys }): string {
  const { line, body } = split(sealed, digest);
  if (line.digest !== digest) throw toCorrupt(digest, `it says that it is ${line.digest}`);
  const deflated = line.seal ? decrypt(line, body, keys) : body;
  const text = inflate(deflated, line);
  if (sha256(text) !== digest) throw toCorrupt(digest, 'it has another digest');
  return text.toString();
}

/** From the first bytes of what is stored; undefined where they are no header. */
export function readHeader(start: Buffer): SealedHeader | undefined {
  const end = start.indexOf(10);
  const line = end < 0 ? undefined : parseLine(start.subarray(0, end).toString());
  if (!line) return undefined;
  const { digest, kind, bytes, storedAt, seal } = line;
  return { digest, kind, bytes, storedAt, key: seal?.key ?? null };
}

export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function join(line: HeaderLine, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), body]);
}

function split(sealed: Buffer, digest: string): { line: HeaderLine; body: Buffer } {
  const end = sealed.subarray(0, HEADER_BYTES).indexOf(10);
  const line = end < 0 ? undefined : parseLine(sealed.subarray(0, end).toString());
  if (!line) throw toCorrupt(digest, 'its first line cannot be read');
  return { line, body: sealed.subarray(end + 1) };
}

function parseLine(text: string): HeaderLine | undefined {
  try {
    return headerLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function decrypt(line: HeaderLine, body: Buffer, keys: ContentKeys): Buffer {
  const { digest, seal } = line;
  const key = keys.find(({ id }) => id === seal?.key);
  if (!seal || !key) {
    throw new TammaError('CONTENT_KEY_MISSING', `content ${digest} needs the key ${seal?.key}`, {
      details: { digest, key: seal?.key ?? null },
    });
  }
  try {
    const decipher = createDecipheriv(CIPHER, deriveKey(key, digest), Buffer.from(seal.iv, 'base64'), {
      authTagLength: 16,
    })
      .setAAD(toBound(line, key.id))
      .setAuthTag(Buffer.from(seal.tag, 'base64'));
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    throw toCorrupt(digest, `it was changed, or ${key.id} is another key than the one that sealed it`);
  }
}

function inflate(deflated: Buffer, { digest, bytes }: HeaderLine): Buffer {
  try {
    return inflateRawSync(deflated, { maxOutputLength: Math.max(bytes, 1) });
  } catch {
    throw toCorrupt(digest, 'it cannot be unpacked');
  }
}

/** A key of its own for each content: how often a secret is used has no limit then (NIST SP 800-38D, 8.3). */
function deriveKey({ id, secret }: ContentKey, digest: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.from(digest, 'hex'), `${PURPOSE}/${id}`, 32));
}

/** What is said in plain beside the encrypted text cannot be changed either. */
function toBound({ digest, kind, bytes, storedAt }: StoredContent, key: string): Buffer {
  return Buffer.from([PURPOSE, digest, kind, bytes, storedAt, key].join('\n'));
}

function toCorrupt(digest: string, why: string): TammaError {
  return new TammaError('CONTENT_CORRUPT', `content ${digest} is damaged: ${why}`, { details: { digest } });
}
