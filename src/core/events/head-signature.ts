import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { TammaError } from '../errors.ts';
import type { LogHead } from './chain.ts';

/** `keyId`: which key made it; `signature`: in base64. */
export type HeadSignature = { keyId: string; signature: string };

/** A head of the log that bears this name: `repository` of format.json, or of the table of logs. */
export type SignableHead = LogHead & { repository: string };

/** Signs what the chain has come to. Ed25519 needs no randomness: the same head has the same signature. */
export type SignHead = (head: SignableHead) => HeadSignature;

/** `unknown-key`: made by a key that is not among the public keys of the configuration. */
export type SignatureVerdict = 'valid' | 'invalid' | 'unknown-key';
export type CheckSignature = (head: SignableHead, signature: HeadSignature) => SignatureVerdict;

/** What is signed. The log's own name is part of it, so that the head of one log cannot be put onto another. */
export function toSignedText({ repository, position, hash: head }: SignableHead): string {
  return `tamma-head-v1\n${repository}\n${position}\n${head}`;
}

/**
 * A signer from an Ed25519 private key (PKCS #8, PEM; line feeds may be written as `\n`, as in many secret stores).
 * `place` is where the key comes from, for people. Throws SIGNING_KEY_INVALID, which never shows the key.
 */
export function createHeadSigner(pem: string, place: string): SignHead {
  const key = readKey(() => createPrivateKey(pem.trim().replaceAll('\\n', '\n')), place, PRIVATE);
  const keyId = toKeyId(createPublicKey(key));
  return (head) => ({
    keyId,
    signature: sign(null, Buffer.from(toSignedText(head)), key).toString('base64'),
  });
}

/** Public keys (SPKI, base64). Throws SIGNING_KEY_INVALID at one that is none of Ed25519. */
export function createSignatureCheck(publicKeys: readonly string[]): CheckSignature {
  const keys = new Map(
    publicKeys.map((text, index) => {
      const key = readKey(() => parsePublicKey(text), `events.signing.publicKeys.${index}`, PUBLIC);
      return [toKeyId(key), key] as const;
    }),
  );
  return (head, { keyId, signature }) => {
    const key = keys.get(keyId);
    if (!key) return 'unknown-key';
    const bytes = Buffer.from(signature, 'base64');
    // What base64 decoders pass over would let one signature be written in many ways.
    if (bytes.toString('base64') !== signature) return 'invalid';
    return verify(null, Buffer.from(toSignedText(head)), key, bytes) ? 'valid' : 'invalid';
  };
}

/** The public key that belongs to a private one, as the configuration wants it. Throws SIGNING_KEY_INVALID. */
export function toPublicKey(pem: string, place: string): { keyId: string; publicKey: string } {
  const key = readKey(() => createPrivateKey(pem.trim().replaceAll('\\n', '\n')), place, PRIVATE);
  const publicKey = createPublicKey(key);
  return { keyId: toKeyId(publicKey), publicKey: toSpki(publicKey).toString('base64') };
}

/** The first 16 hex digits of the SHA-256 of the key in DER form. */
function toKeyId(key: KeyObject): string {
  return hash('sha256', toSpki(key), 'hex').slice(0, 16);
}

function toSpki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function parsePublicKey(text: string): KeyObject {
  return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
}

const PRIVATE = 'Make one with: openssl genpkey -algorithm ed25519';
const PUBLIC =
  'Take it from the private key: openssl pkey -in key.pem -pubout -outform DER | base64 -w0 (docs/log-integrity.md).';

function readKey(read: () => KeyObject, place: string, help: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    // The text of the cause says what OpenSSL expected, and holds nothing of the key.
    throw new TammaError('SIGNING_KEY_INVALID', `${place} cannot be read as an Ed25519 key`, { help, cause });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new TammaError('SIGNING_KEY_INVALID', `${place} is a key of ${key.asymmetricKeyType}, not Ed25519`, {
    help,
  });
}
