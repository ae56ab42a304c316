import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, sha256 } from '../../src/core/digest.ts';

describe('digests', () => {
  test('sha256 is the one of FIPS 180-4, over UTF-8', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256('ü')).toBe(sha256(new Uint8Array([0xc3, 0xbc])));
  });

  test('the digest of a value is the one of its canonical form (RFC 8785)', () => {
    expect(digestOf({ b: [1e2, 'é'], a: null })).toBe(sha256('{"a":null,"b":[100,"é"]}'));
  });

  test('neither the order of keys nor absent keys matter, everything else does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(digestOf({ ...turned, absent: undefined })).toBe(digestOf(value));
        expect(digestOf({ ...value, added: 1.5 })).not.toBe(digestOf(value));
      }),
    );
  });

  test.each([[undefined], [Number.NaN], [Number.POSITIVE_INFINITY], ['\ud800']])('%j has none', (value) => {
    expect(() => digestOf(value)).toThrow();
  });
});
