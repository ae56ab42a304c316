import { describe, expect, test } from 'vitest';
import { chooseRemote } from '../../src/app/choose-remote.ts';

const origin = (url: string) => [{ name: 'origin', url }];
const choose = (url: string, wanted?: string, token?: string) =>
  chooseRemote({ remotes: origin(url), wanted, token });
const basic = (password: string) => `Basic ${Buffer.from(`x-access-token:${password}`).toString('base64')}`;

describe('choosing the remote', () => {
  test('it is origin where there is one, and the repository itself where there is none', () => {
    expect(choose('/srv/git/shop.git')).toEqual({ url: '/srv/git/shop.git' });
    expect(chooseRemote({ remotes: [], wanted: undefined, token: undefined })).toBeNull();
    expect(
      chooseRemote({ remotes: [{ name: 'backup', url: '/b' }], wanted: undefined, token: undefined }),
    ).toBeNull();
  });

  test('it is the one that was named, or none', () => {
    const remotes = [...origin('/a'), { name: 'backup', url: '/b' }];
    expect(chooseRemote({ remotes, wanted: 'backup', token: undefined })).toEqual({ url: '/b' });
    expect(chooseRemote({ remotes, wanted: 'none', token: undefined })).toBeNull();
    expect(() => chooseRemote({ remotes, wanted: 'upstream', token: undefined })).toThrow(
      'there is no remote upstream (remotes: origin, backup)',
    );
  });

  test.each([
    'https://gitlab.com/acme/shop.git',
    'git@codeberg.org:acme/shop.git',
    'ssh://git@gitlab.com/acme/shop.git',
    'https://eu.bitbucket.org/acme/shop',
  ])('a forge is not taken for plain git unless somebody says so: %s', (url) => {
    expect(() => choose(url)).toThrow(/knows as plain git only/);
    expect(choose(url, 'origin')).toMatchObject({ url });
  });

  test('a password in the address becomes a header, and the address goes without it', () => {
    expect(choose('https://alice:s%40cret@git.example/acme/shop.git')).toEqual({
      url: 'https://git.example/acme/shop.git',
      authorization: basic('s@cret'),
    });
    expect(choose('https://only-a-token@git.example/shop.git')).toMatchObject({
      authorization: basic('only-a-token'),
    });
  });

  test('TAMMA_GIT_TOKEN wins over the address, for http only', () => {
    expect(choose('https://alice:old@git.example/shop.git', undefined, 'new')).toMatchObject({
      authorization: basic('new'),
    });
    expect(choose('/srv/git/shop.git', undefined, 'new')).toEqual({ url: '/srv/git/shop.git' });
    expect(choose('git@git.example:shop.git', undefined, 'new')).toEqual({ url: 'git@git.example:shop.git' });
  });
});
