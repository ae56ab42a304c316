import { expect, test } from 'vitest';
import { explainPlainGit } from '../../src/app/explain-plain-git.ts';

const explain = (url: string, wanted: { remote?: string; platform?: string } = {}) =>
  explainPlainGit({
    remotes: [{ name: 'origin', url }],
    wantedRemote: wanted.remote,
    wantedPlatform: wanted.platform,
    environment: {},
  });

test.each([
  [
    'git@work:acme/shop.git',
    /^origin is git@work:acme.* work is not known as GitHub: if it is an alias of ssh/,
  ],
  ['work:acme/shop.git', /work is not known as GitHub/],
  ['https://git.acme.example:8443/a/b', /git\.acme\.example:8443 is not known.*GITHUB_SERVER_URL/],
  ['git@gitlab.com:acme/shop.git', /knows as plain git only/],
  ['https://me:hunter2@gitlab.com/acme/shop.git', /^origin is https:\/\/gitlab\.com\/acme/],
])('names the remote and why it is plain git: %s', (url, words) => {
  expect(explain(url)).toMatch(words);
});

test('has nothing to explain about GitHub, a folder, and what somebody asked for', () => {
  const told = [
    explain('git@github.com:acme/shop.git'),
    explain('/srv/git/shop.git'),
    explain('file:///srv/git/shop.git'),
    explain('git@work:acme/shop.git', { platform: 'plain-git' }),
    explain('git@work:acme/shop.git', { remote: 'none' }),
  ];
  expect(told.filter((text) => text !== undefined)).toEqual([]);
});
