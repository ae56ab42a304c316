import { describe, expect, it } from 'vitest';
import { parseContentKeys } from '../../../src/stores/content/content-keys.ts';
import { makeKey } from '../../contracts/content-store.ts';

describe('keys of content', () => {
  it('come newest first, with commas, spaces or line breaks between', () => {
    const keys = parseContentKeys(` ${makeKey('2026-b')},${makeKey('2026-a')}\n${makeKey('2025')} `, 'KEYS');
    expect(keys.map(({ id, secret }) => [id, secret.length])).toEqual([
      ['2026-b', 32],
      ['2026-a', 32],
      ['2025', 32],
    ]);
  });

  it.each([
    ['nothing', '', 'KEYS holds no key'],
    ['a key without id', makeKey('x').slice(2), 'key 1 of KEYS is not `id:base64` of 32 bytes'],
    [
      'a short key',
      `${makeKey('a')},b:${Buffer.alloc(16).toString('base64')}`,
      'key 2 of KEYS is not `id:base64`',
    ],
    ['a key in hex', `a:${'0f'.repeat(32)}`, 'key 1 of KEYS is not `id:base64`'],
    ['one id twice', `${makeKey('a')} ${makeKey('a')}`, 'KEYS has two keys with the id a'],
  ])('refuse %s, without showing it', (_name, text, message) => {
    const parse = () => parseContentKeys(text, 'KEYS');
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'CONTENT_KEY_INVALID' }));
  });
});
