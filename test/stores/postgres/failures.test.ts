import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TammaError } from '../../../src/core/errors.ts';
import type { EventStore } from '../../../src/ports/event-store.ts';
import { parseDatabaseUrl } from '../../../src/stores/postgres/connection-options.ts';
import { type DatabaseOptions, openDatabase } from '../../../src/stores/postgres/database.ts';
import { isTransient, toLogError } from '../../../src/stores/postgres/failures.ts';
import { createLogHandle } from '../../../src/stores/postgres/open-log.ts';
import { createPostgresStore } from '../../../src/stores/postgres/postgres-store.ts';
import { createEventMaker, readAll } from '../../support/new-events.ts';
import { createTestDatabase, hasPostgres, type TestDatabase } from '../../support/postgres.ts';

const make = createEventMaker();

function openAt(url: string, options: Partial<DatabaseOptions> = {}, budgetMs = 50): EventStore {
  const database = openDatabase({ address: parseDatabaseUrl(url), ...options });
  return createPostgresStore({
    database,
    log: createLogHandle(database, 'example.org/app'),
    budgetMs,
    pollMs: 20,
  });
}

/** What an append to that address ends with. */
async function failAt(url: string, options: Partial<DatabaseOptions> = {}): Promise<TammaError> {
  const store = openAt(url, options);
  try {
    const result = await store.append([make.claim('1')]);
    throw new Error(`it was appended: ${JSON.stringify(result)}`);
  } catch (error) {
    if (error instanceof TammaError) return error;
    throw error;
  } finally {
    await store.close();
  }
}

describe('a database that cannot be used', () => {
  it.each([
    ['08006', 'LOG_UNREACHABLE', true],
    ['28P01', 'LOG_UNREACHABLE', false],
    ['25006', 'LOG_REFUSED', false],
    ['40001', 'LOG_UNREACHABLE', true],
    ['40P01', 'LOG_UNREACHABLE', true],
    ['42501', 'LOG_REFUSED', false],
    ['53100', 'LOG_DISK_FULL', false],
    ['53300', 'LOG_UNREACHABLE', true],
    ['55P03', 'LOG_UNREACHABLE', true],
    ['57P03', 'LOG_UNREACHABLE', true],
    ['XX001', 'LOG_CORRUPT', false],
    ['EAI_AGAIN', 'LOG_UNREACHABLE', true],
    ['99999', 'UNEXPECTED', false],
  ])('tells %s as %s', (code, expected, transient) => {
    const error = toLogError(
      Object.assign(new Error('first line\nwith: a part of an event'), { code }),
      'db',
    );
    expect(error).toMatchObject({ code: expected });
    expect(error.message).not.toContain('a part of an event');
    expect(isTransient(error)).toBe(transient);
  });

  it('is said to be down where nobody listens, and where somebody hangs up', async () => {
    const port = await listenOnce((socket) => socket.destroy());
    const error = await failAt(`postgres://u@127.0.0.1:${port.number}/db`);
    expect(error).toMatchObject({
      code: 'LOG_UNREACHABLE',
      help: expect.stringContaining('Nothing continues unrecorded'),
    });
    await port.close();
    expect(await failAt(`postgres://u@127.0.0.1:${port.number}/db`)).toMatchObject({
      code: 'LOG_UNREACHABLE',
      message: expect.stringContaining('Nobody answers there'),
    });
  });

  it('is given up on where it never answers', async () => {
    const port = await listenOnce(() => {});
    expect(await failAt(`postgres://u@127.0.0.1:${port.number}/db`, { connectTimeoutMs: 30 })).toMatchObject({
      code: 'LOG_UNREACHABLE',
    });
    await port.close();
  });
});

describe.skipIf(!hasPostgres)('a PostgreSQL that refuses', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    await openAt(database.url, {}, 5000).append([make.claim('1')]);
  });
  afterAll(() => database.remove());

  it('is told apart: user, database, rights, TLS, replicas, full, slow', async () => {
    const toUrl = (change: (url: URL) => void) => {
      const url = new URL(database.url);
      change(url);
      return url.href;
    };
    const role = `limited_${process.pid}`;
    await database.query(`create role ${role} login; create role ${role}_none login connection limit 0`);
    try {
      const told = [
        [
          toUrl((url) => {
            url.username = 'nobody';
          }),
          'LOG_UNREACHABLE',
          'refused the credentials',
        ],
        [
          toUrl((url) => {
            url.pathname = '/nowhere';
          }),
          'LOG_UNREACHABLE',
          'no such database',
        ],
        [
          toUrl((url) => {
            url.username = role;
          }),
          'LOG_REFUSED',
          'may not do that',
        ],
        [
          toUrl((url) => {
            url.username = `${role}_none`;
          }),
          'LOG_UNREACHABLE',
          'no more to give',
        ],
        [
          toUrl((url) => {
            url.search = '?sslmode=require';
          }),
          'LOG_REFUSED',
          'knows no TLS',
        ],
        [
          toUrl((url) => {
            url.search = '?options=-cdefault_transaction_read_only=on';
          }),
          'LOG_REFUSED',
          'only lets read',
        ],
      ] as const;
      for (const [url, code, text] of told) {
        const error = await failAt(url);
        expect(error, text).toMatchObject({ code, message: expect.stringContaining(text) });
        expect(error.help).not.toContain('branch');
      }
    } finally {
      await database.query(`drop role ${role}; drop role ${role}_none`);
    }
  });

  it('keeps a writer waiting while another holds the log, and lets it through when it is free', async () => {
    const holder = database.open({ connections: 1 });
    const waiting = await holder.transaction(async (query) => {
      await query('select * from tamma_head for update');
      const error = await failAt(database.url, { statementTimeoutMs: 100 });
      expect(error).toMatchObject({ code: 'LOG_UNREACHABLE', retryable: true });
      const patient = openAt(database.url, {}, 20_000);
      return { result: patient.append([make.skip('1')]).finally(() => patient.close()) };
    });
    expect(await waiting.result).toMatchObject({ status: 'appended' });
    await holder.close();
  });

  it('is reached again by appends, reads and subscriptions after every connection was cut', async () => {
    const store = openAt(database.url, {}, 20_000);
    const { position } = await store.head();
    const enough = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const event of store.subscribe({ after: position, signal: enough.signal })) {
        seen.push(event.position);
        if (seen.length === 2) enough.abort();
      }
    })();
    await store.append([make.skip('1')]);
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tamma' and datname = current_database()`;
    await database.query(cut);
    await store.append([make.skip('1')]);
    await following;
    expect(seen).toEqual([position + 1, position + 2]);
    await database.query(cut);
    expect(await readAll(store)).toHaveLength(position + 2);
    await store.close();
  });
});

async function listenOnce(onSocket: (socket: Socket) => void) {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    onSocket(socket);
    open.add(socket);
  });
  const open = new Set<Socket>();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    number: typeof address === 'object' && address ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(resolve);
      }),
  };
}
