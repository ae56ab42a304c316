import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStore } from '../../../src/ports/event-store.ts';
import { parseDatabaseUrl } from '../../../src/stores/postgres/connection-options.ts';
import { openDatabase } from '../../../src/stores/postgres/database.ts';
import { createLogHandle } from '../../../src/stores/postgres/open-log.ts';
import { createPostgresStore } from '../../../src/stores/postgres/postgres-store.ts';
import { createEventMaker, readAll } from '../../support/new-events.ts';
import { hasPostgres } from '../../support/postgres.ts';
import { type Cluster, createCluster } from '../../support/postgres-server.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

// A server of its own: it is killed, and speaks TLS.
describe.skipIf(!hasPostgres || !hasOpenssl)('a PostgreSQL that waits for its disk', () => {
  let cluster: Cluster;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tamma-tls-'));
    const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')];
    const subject = ['-subj', '/CN=db.example.org', '-addext', 'subjectAltName=DNS:localhost'];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
    ];
    spawnSync('openssl', [...made, '-keyout', key, '-out', certificate, ...subject]);
    cluster = await createCluster({
      durable: true,
      settings: ['ssl=on'],
      files: { 'server.key': await readFile(key, 'utf8'), 'server.crt': await readFile(certificate, 'utf8') },
    });
  });
  afterAll(async () => {
    await cluster.remove();
    await rm(folder, { recursive: true, force: true });
  });

  function open(url = cluster.url, budgetMs = 60_000): EventStore {
    const database = openDatabase({ address: parseDatabaseUrl(url) });
    return createPostgresStore({ database, log: createLogHandle(database, 'example.org/app'), budgetMs });
  }

  it('has everything it acknowledged after it was killed in the middle, and nothing twice', async () => {
    const make = createEventMaker();
    const acknowledged: string[] = [];
    let isDone = false;
    const writers = Array.from({ length: 3 }, async (_none, index) => {
      const store = open();
      while (!isDone) {
        const batch = [make.skip(String(index)), make.skip(String(index))];
        await store.append(batch);
        acknowledged.push(...batch.map(({ id }) => id));
      }
      await store.close();
    });
    await expect.poll(() => acknowledged.length, { interval: 1, timeout: 20_000 }).toBeGreaterThan(20);
    await cluster.kill();
    const before = acknowledged.length;
    await cluster.start();
    await expect
      .poll(() => acknowledged.length, { interval: 1, timeout: 20_000 })
      .toBeGreaterThan(before + 20);
    isDone = true;
    await Promise.all(writers);
    const store = open();
    const there = (await readAll(store)).map(({ id }) => id);
    expect(new Set(there).size).toBe(there.length);
    expect(acknowledged.filter((id) => !there.includes(id))).toEqual([]);
    expect(there.length % 2).toBe(0);
    expect(await store.verify()).toMatchObject({ ok: true, events: there.length });
    await store.close();
  });

  it('is trusted by its certificate, or not at all', async () => {
    const attempt = async (host: string, parameters: string) => {
      const url = `${cluster.url.replace('127.0.0.1', host)}?${parameters}`;
      const store = open(url, 50);
      try {
        return (await store.head()).position > 0 ? 'trusted' : 'empty';
      } catch (error) {
        return (error as Error).message;
      } finally {
        await store.close();
      }
    };
    const root = `sslrootcert=${encodeURIComponent(join(folder, 'server.crt'))}`;
    expect(await attempt('localhost', `sslmode=verify-full&${root}`)).toBe('trusted');
    expect(await attempt('127.0.0.1', `sslmode=verify-ca&${root}`)).toBe('trusted');
    expect(await attempt('127.0.0.1', 'sslmode=require')).toBe('trusted');
    expect(await attempt('127.0.0.1', `sslmode=verify-full&${root}`)).toContain(
      'certificate cannot be trusted',
    );
    expect(await attempt('localhost', 'sslmode=verify-full')).toContain('certificate cannot be trusted');
  });
});
