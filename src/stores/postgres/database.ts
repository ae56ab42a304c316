import type { Client, ClientConfig, Pool, PoolClient } from 'pg';
import { once } from '../../lib/once.ts';
import { type Address, describeAddress } from './connection-options.ts';
import { toLogError } from './failures.ts';

export type Row = readonly unknown[];
/** Several statements at once where there are no values; the answer is that of a single one. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Throws errors of the log only. Nothing is opened before it is used. */
export interface Database {
  /** For people, without credentials. */
  readonly place: string;
  readonly query: Query;
  /** All of it or nothing. */
  transaction<T>(act: (query: Query) => Promise<T>): Promise<T>;
  /** Calls `tell` at every notice on the channel, and when the connection is lost, until the answer is called. */
  listen(channel: string, tell: (isLost: boolean) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export type DatabaseOptions = {
  address: Address;
  /** Connections at once, besides one for each subscription. Default 4. */
  connections?: number | undefined;
  /** After which the server ends a statement. Default 30 s. */
  statementTimeoutMs?: number | undefined;
  /** Default 10 s. */
  connectTimeoutMs?: number | undefined;
};

/** Longer than the server's own limit: this one is for a server that does not answer at all. */
const GRACE_MS = 5_000;

export function openDatabase(options: DatabaseOptions): Database {
  const place = describeAddress(options.address);
  const config = toConfig(options);
  const pool = once(() => createPool(config, options.connections ?? 4));
  const run = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw toLogError(error, place);
    }
  };
  let isOpen = false;
  const open = () => {
    isOpen = true;
    return pool();
  };
  return {
    place,
    query: (text, values) => run(async () => query(await open(), text, values)),
    transaction: (act) => run(async () => transact(await (await open()).connect(), act)),
    listen: (channel, tell) => run(() => listen(config, channel, tell)),
    async close() {
      if (isOpen) await (await pool()).end();
      isOpen = false;
    },
  };
}

function toConfig({ address, statementTimeoutMs = 30_000, connectTimeoutMs = 10_000 }: DatabaseOptions) {
  const { options, password, ...rest } = address;
  return {
    ...rest,
    ...(password === undefined ? {} : { password }),
    ...(options === undefined ? {} : { options }),
    application_name: 'tamma',
    keepAlive: true,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: Math.ceil(statementTimeoutMs / 2),
    idle_in_transaction_session_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + GRACE_MS,
  } satisfies ClientConfig;
}

async function createPool(config: ClientConfig, max: number): Promise<Pool> {
  const { default: pg } = await import('pg');
  // An idle connection keeps no process alive.
  const pool = new pg.Pool({ ...config, max, idleTimeoutMillis: 10_000, allowExitOnIdle: true });
  // A connection that is lost while nobody waits for it, idle or on its way out: who asks next opens another one, and
  // hears where that fails.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}

async function query(on: Pool | PoolClient, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const { rows } = await on.query<unknown[]>({ text, values: [...values], rowMode: 'array' });
  return rows ?? [];
}

async function transact<T>(client: PoolClient, act: (query: Query) => Promise<T>): Promise<T> {
  let isBroken = true;
  try {
    await client.query('begin');
    const answer = await act((text, values) => query(client, text, values));
    await client.query('commit');
    isBroken = false;
    return answer;
  } finally {
    // What is in an unknown state is closed, which rolls back.
    client.release(isBroken);
  }
}

async function listen(
  config: ClientConfig,
  channel: string,
  tell: (isLost: boolean) => void,
): Promise<() => Promise<void>> {
  const { default: pg } = await import('pg');
  const client: Client = new pg.Client(config);
  client.on('error', () => tell(true));
  client.on('end', () => tell(true));
  client.on('notification', () => tell(false));
  await client.connect();
  await client.query(`listen ${client.escapeIdentifier(channel)}`);
  return () => client.end().catch(() => {});
}
