import { describe, expect, it } from 'vitest';
import { choosePlatform } from '../../src/app/choose-platform.ts';

const token = { GITHUB_TOKEN: 'secret-token' };
const header = `Basic ${Buffer.from('x-access-token:secret-token').toString('base64')}`;

function choose(
  url: string | null,
  {
    environment = token,
    remote,
    platform,
  }: { environment?: Record<string, string>; remote?: string; platform?: string } = {},
) {
  return choosePlatform({
    remotes: url === null ? [] : [{ name: 'origin', url }],
    wantedRemote: remote,
    wantedPlatform: platform,
    environment,
  });
}

describe('the choice of the platform', () => {
  it.each([
    'https://github.com/acme/shop.git',
    'https://github.com/acme/shop',
    'https://someone:else@github.com/acme/shop.git',
    'git@github.com:acme/shop.git',
    'ssh://git@github.com/acme/shop.git',
    'ssh://git@ssh.github.com:443/acme/shop.git',
  ])('takes %s for GitHub and speaks to it over HTTPS with the token', (url) => {
    expect(choose(url)).toEqual({
      id: 'github',
      owner: 'acme',
      repo: 'shop',
      apiUrl: 'https://api.github.com',
      pageUrl: 'https://github.com/acme/shop',
      token: 'secret-token',
      remote: { url: 'https://github.com/acme/shop.git', authorization: header },
    });
  });

  it('takes the server of the job for GitHub, with its port and its API', () => {
    const environment = {
      ...token,
      GITHUB_SERVER_URL: 'https://git.acme.example:8443',
      GITHUB_API_URL: 'https://git.acme.example:8443/api/v3',
    };
    expect(choose('https://git.acme.example:8443/acme/shop', { environment })).toMatchObject({
      id: 'github',
      apiUrl: 'https://git.acme.example:8443/api/v3',
      remote: { url: 'https://git.acme.example:8443/acme/shop.git' },
    });
    const elsewhere = choose('https://git.other.example/acme/shop', { environment });
    expect(elsewhere).toMatchObject({
      id: 'plain-git',
      remote: { url: 'https://git.other.example/acme/shop' },
    });
    expect(JSON.stringify(elsewhere)).not.toContain(header);
    const { GITHUB_API_URL: _, ...without } = environment;
    expect(choose('https://git.acme.example:8443/acme/shop', { environment: without })).toMatchObject({
      apiUrl: 'https://git.acme.example:8443/api/v3',
    });
  });

  it('knows the API of a tenant with data residency', () => {
    expect(choose('https://acme.ghe.com/acme/shop')).toMatchObject({ apiUrl: 'https://api.acme.ghe.com' });
  });

  it('stays with plain git where somebody says so, and elsewhere', () => {
    const url = 'https://github.com/acme/shop';
    expect(choose(url, { platform: 'plain-git' })).toMatchObject({ id: 'plain-git', remote: { url } });
    expect(choose(url, { remote: 'none' })).toEqual({ id: 'plain-git', remote: null });
    expect(choose('/srv/git/shop.git')).toEqual({ id: 'plain-git', remote: { url: '/srv/git/shop.git' } });
    expect(choose(null)).toEqual({ id: 'plain-git', remote: null });
    expect(choose('https://github.com/acme/shop/extra', { platform: 'plain-git' })).toMatchObject({
      id: 'plain-git',
    });
  });

  it('never sends the token for GitHub to another host', () => {
    for (const url of ['https://github.com.evil.example/acme/shop', 'https://evilgithub.com/acme/shop']) {
      expect(JSON.stringify(choose(url))).not.toContain(header);
    }
  });

  it('says what is missing', () => {
    expect(() => choose('git@github.com:acme/shop.git', { environment: {} })).toThrow(
      /no token .*export GITHUB_TOKEN=/,
    );
    expect(() => choose('/srv/git/shop.git', { platform: 'github' })).toThrow(/no remote .* on GitHub/);
    expect(() => choose('/srv/git/shop.git', { platform: 'svn' })).toThrow(/no platform svn/);
    expect(() => choose('https://gitlab.com/acme/shop')).toThrow(/gitlab\.com/);
    expect(() => choose('/srv/git/shop.git', { remote: 'upstream' })).toThrow(/no remote upstream/);
  });
});
