import { describe, expect, it } from 'vitest';
import { nameLog } from '../../../src/app/open-log.ts';
import { describeAddress, parseDatabaseUrl } from '../../../src/stores/postgres/connection-options.ts';

describe('DATABASE_URL', () => {
  it('says where, who and how', () => {
    const address = parseDatabaseUrl(
      'postgresql://app%40x:p%40ss%2Fword@db.example.org:6432/tamma?options=-csearch_path%3Da',
    );
    expect(address).toEqual({
      host: 'db.example.org',
      port: 6432,
      database: 'tamma',
      user: 'app@x',
      password: 'p@ss/word',
      ssl: {},
      options: '-csearch_path=a',
    });
    expect(describeAddress(address)).toBe('db.example.org:6432/tamma');
  });

  it('is filled up from what psql reads too', () => {
    const environment = { PGUSER: 'u', PGPASSWORD: 'p', PGPORT: '5433', PGSSLMODE: 'require' };
    expect(parseDatabaseUrl('postgres://db.example.org/tamma', environment)).toMatchObject({
      user: 'u',
      password: 'p',
      port: 5433,
      ssl: { rejectUnauthorized: false },
    });
    expect(parseDatabaseUrl('postgres://u@/tamma?host=/var/run/postgresql')).toMatchObject({
      host: '/var/run/postgresql',
      ssl: false,
    });
  });

  it.each(['localhost', '127.0.0.1', '[::1]'])('goes without TLS to %s only', (host) => {
    expect(parseDatabaseUrl(`postgres://u@${host}/d`).ssl).toBe(false);
    expect(parseDatabaseUrl(`postgres://u@${host}/d?sslmode=verify-full`).ssl).toEqual({});
  });

  it.each([
    ['mysql://u:geheim@h/d', 'no address of PostgreSQL'],
    ['u:geheim@h/d', 'no address of PostgreSQL'],
    ['postgres://u:geheim@h', 'names no database'],
    ['postgres://:geheim@h/d', 'names no user'],
    ['postgres://u:geheim%zz@h/d', 'percent sign'],
    ['postgres://u:geheim@h/d?sslmode=prefer', 'sslmode is disable, require'],
    ['postgres://u:geheim@h/d?sslmode=verify-ca', 'needs sslrootcert'],
    ['postgres://u:geheim@h/d?sslrootcert=/no/such/file', '/no/such/file cannot be read'],
  ])('is refused without being shown where it is wrong: %#', (url, reason) => {
    expect(() => parseDatabaseUrl(url)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => parseDatabaseUrl(url)).toThrow(reason);
    expect(() => parseDatabaseUrl(url)).not.toThrow('geheim');
  });
});

describe('the log of a repository in a shared database', () => {
  it.each([
    ['https://x-access-token:abc@GitHub.com/team/app.git', 'github.com/team/app'],
    ['https://github.com:443/team/app/', 'github.com/team/app'],
    ['git@github.com:team/app.git', 'github.com/team/app'],
    ['ssh://git@github.com:22/team/app', 'github.com/team/app'],
    ['http://localhost:3000/team/app', 'localhost:3000/team/app'],
    ['/srv/git/app.git', '/srv/git/app'],
    [undefined, '/home/me/app'],
  ])('has the same name however it is reached: %s', (remoteUrl, name) => {
    expect(nameLog({ environment: {}, remoteUrl, gitDirectory: '/home/me/app/.git' })).toBe(name);
  });

  it('has the name that is given', () => {
    const environment = { TAMMA_LOG_NAME: 'old/name' };
    expect(nameLog({ environment, remoteUrl: 'https://h/new', gitDirectory: '/x' })).toBe('old/name');
  });
});
