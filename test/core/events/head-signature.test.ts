import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GENESIS, linkEvents } from '../../../src/core/events/chain.ts';
import {
  createHeadSigner,
  createSignatureCheck,
  type HeadSignature,
  toPublicKey,
  toSignedText,
} from '../../../src/core/events/head-signature.ts';
import { toLine } from '../../../src/core/events/line.ts';
import { createLogVerification } from '../../../src/core/events/verification.ts';
import { createEventMaker } from '../../support/new-events.ts';

/** RFC 8410, section 10.3: the key that every implementation is tried with. */
const PEM =
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n';
const PUBLIC = 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=';

const head = { repository: 'a log', position: 3, hash: 'a'.repeat(64) };
const other = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('a signature of the head', () => {
  it('is Ed25519 over the name of the log, position and hash, the same each time', () => {
    expect(toSignedText(head)).toBe(`tamma-head-v1\na log\n3\n${'a'.repeat(64)}`);
    const sign = createHeadSigner(PEM, 'KEY');
    expect(sign(head)).toEqual(sign(head));
    expect(sign(head)).toEqual({
      keyId: expect.stringMatching(/^[0-9a-f]{16}$/),
      signature: expect.any(String),
    });
    expect(toPublicKey(PEM, 'KEY')).toEqual({ keyId: sign(head).keyId, publicKey: PUBLIC });
  });

  it('holds for this head of this log only', () => {
    const signature = createHeadSigner(PEM, 'KEY')(head);
    const check = createSignatureCheck([PUBLIC]);
    expect(check(head, signature)).toBe('valid');
    expect(check({ ...head, position: 4 }, signature)).toBe('invalid');
    expect(check({ ...head, hash: 'b'.repeat(64) }, signature)).toBe('invalid');
    expect(check({ ...head, repository: 'another log' }, signature)).toBe('invalid');
    expect(check(head, { ...signature, signature: signature.signature.replace(/^./, '!') })).toBe('invalid');
    expect(check(head, { ...signature, signature: `${signature.signature}\n` })).toBe('invalid');
  });

  it('is told from that of a key nobody named, and may be by any of several', () => {
    const signature = createHeadSigner(other, 'KEY')(head);
    expect(createSignatureCheck([PUBLIC])(head, signature)).toBe('unknown-key');
    expect(createSignatureCheck([PUBLIC, toPublicKey(other, 'KEY').publicKey])(head, signature)).toBe(
      'valid',
    );
  });

  it('takes a key with its line feeds written as \\n, as secret stores give them', () => {
    const written = PEM.trim().replaceAll('\n', '\\n');
    expect(createHeadSigner(written, 'KEY')(head)).toEqual(createHeadSigner(PEM, 'KEY')(head));
  });

  it.each([
    ['no key', () => createHeadSigner('secret-stuff', 'LOG_KEY'), 'LOG_KEY cannot be read'],
    [
      'another kind of key',
      () =>
        createHeadSigner(
          generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
          'LOG_KEY',
        ),
      'LOG_KEY is a key of x25519, not Ed25519',
    ],
    [
      'no public key',
      () => createSignatureCheck([PUBLIC, 'AAAA']),
      'events.signing.publicKeys.1 cannot be read',
    ],
    [
      'a private one for a public one',
      () => createSignatureCheck([PEM.split('\n')[1] ?? '']),
      'publicKeys.0 cannot be read',
    ],
  ])('refuses %s, and does not show it', (_name, act, message) => {
    expect(act).toThrow(
      expect.objectContaining({ code: 'SIGNING_KEY_INVALID', message: expect.stringContaining(message) }),
    );
    expect(act).not.toThrow(/secret-stuff|MC4CAQAw/);
  });
});

describe('a log that is to be signed', () => {
  const make = createEventMaker();
  const events = linkEvents([make.skip('1'), make.skip('1'), make.skip('1')], GENESIS);
  const sign = createHeadSigner(PEM, 'KEY');
  const forge = createHeadSigner(other, 'KEY');
  const headAt = (position: number, repository = 'a log') => ({
    repository,
    position,
    hash: events[position - 1]?.hash ?? '',
  });

  function verify(signatures: Readonly<Record<number, HeadSignature>>) {
    const check = createSignatureCheck([PUBLIC]);
    const verification = createLogVerification({ place: 'head', signatures: { repository: 'a log', check } });
    for (const event of events) {
      verification.addLine(toLine(event), 'a line');
      const signature = signatures[event.position];
      if (signature) verification.addSignature(headAt(event.position), signature, `at ${event.position}`);
    }
    return verification
      .finish()
      .problems.map(({ kind, position, place, message }) => `${kind} ${position} ${place}: ${message}`);
  }

  const uncovered = (what: string) => `${what} is signed by none of the keys in events.signing.publicKeys`;

  it('is, where its last head is: what stands before it is covered', () => {
    expect(verify({ 3: sign(headAt(3)) })).toEqual([]);
    expect(verify({ 1: sign(headAt(1)), 3: sign(headAt(3)) })).toEqual([]);
  });

  it('is not where nothing is, or where something came after the last signature', () => {
    expect(verify({})).toEqual([`signature 1 head: ${uncovered('nothing of it, up to 3,')}`]);
    expect(verify({ 2: sign(headAt(2)) })).toEqual([
      `signature 3 head: ${uncovered('what follows position 2')}`,
    ]);
  });

  it('is not by a key that nobody named, nor by a signature of something else', () => {
    expect(verify({ 3: forge(headAt(3)) })).toEqual([
      `signature 1 head: ${uncovered('nothing of it, up to 3,')}`,
    ]);
    expect(verify({ 2: sign(headAt(1)), 3: sign(headAt(3)) })).toEqual([
      expect.stringContaining('signature 2 at 2: the signature by key'),
    ]);
    expect(verify({ 3: sign(headAt(3, 'another log')) })).toHaveLength(2);
  });

  it('is not by a signature of a head that another log had', () => {
    const check = createSignatureCheck([PUBLIC]);
    const verification = createLogVerification({ place: 'head', signatures: { repository: 'a log', check } });
    for (const event of events) verification.addLine(toLine(event), 'a line');
    const elsewhere = { repository: 'a log', position: 3, hash: 'b'.repeat(64) };
    verification.addSignature(elsewhere, sign(elsewhere), 'a commit');
    expect(verification.finish().problems.map(({ message }) => message)).toEqual([
      uncovered('nothing of it, up to 3,'),
      expect.stringMatching(/^key [0-9a-f]{16} signed another log up to here$/),
    ]);
  });
});
