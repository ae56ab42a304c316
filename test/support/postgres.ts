import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { inject } from 'vitest';
import { parseDatabaseUrl } from '../../src/stores/postgres/connection-options.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/stores/postgres/database.ts';
import { findBinaries } from './postgres-server.ts';

/** Where it is false, tests that need PostgreSQL are skipped by name. */
export const hasPostgres = findBinaries() !== undefined;

/** The URL of the server of this run; it is started by the first who asks. */
export async function getPostgres(): Promise<string> {
  const url = await text(connect(inject('postgres')));
  if (!url) throw new Error('PostgreSQL did not start: see the output of the run');
  return url;
}

export type TestDatabase = {
  url: string;
  /** As the administrator. */
  query(sql: string, values?: unknown[]): Promise<pg.QueryResult>;
  open(options?: Partial<DatabaseOptions>): Database;
  remove(): Promise<void>;
};

let created = 0;

/** An empty database of its own on the server of this run. */
export async function createTestDatabase(more = ''): Promise<TestDatabase> {
  const server = await getPostgres();
  created += 1;
  const name = `test_${process.pid}_${created}`;
  await runOn(server, `create database ${name} ${more}`);
  const url = server.replace(/postgres$/, name);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  // A pool has ended before its connections have: the server's last word must find somebody.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return {
    url,
    query: (sql, values) => pool.query(sql, values),
    open: (options) => openDatabase({ address: parseDatabaseUrl(url), ...options }),
    async remove() {
      await pool.end();
      await runOn(server, `drop database ${name} with (force)`);
    },
  };
}

async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
