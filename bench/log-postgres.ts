import { parseArgs } from 'node:util';
import { TammaError } from '../src/core/errors.ts';
import { GENESIS, linkEvents } from '../src/core/events/chain.ts';
import { toLine } from '../src/core/events/line.ts';
import { createUuidV7 } from '../src/lib/uuid.ts';
import type { AppendResult, EventStore, ImportedLine } from '../src/ports/event-store.ts';
import { parseDatabaseUrl } from '../src/stores/postgres/connection-options.ts';
import { openDatabase } from '../src/stores/postgres/database.ts';
import { createLogHandle } from '../src/stores/postgres/open-log.ts';
import { createPostgresStore } from '../src/stores/postgres/postgres-store.ts';
import { createCluster } from '../test/support/postgres-server.ts';
import { EVENTS_PER_BATCH, makeBatches, makeEvents } from './log-events.ts';
import { format, percentile, printRow } from './print.ts';

/**
 * The log in PostgreSQL, on loopback and on a disk that is waited for. `node bench/log-postgres.ts [--events 1000000]
 * [--appends 2000] [--races 40] [--kills 10] [--url postgres://…]`; without a URL a server of its own is started and
 * removed. Exits with 1 where a promise is broken; times are printed beside what they should be.
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    appends: { type: 'string', default: '2000' },
    races: { type: 'string', default: '40' },
    kills: { type: 'string', default: '10' },
    url: { type: 'string' },
  },
});
const total = Number(values.events);
const appends = Number(values.appends);
const REPOSITORY = 'example.org/bench/log';
const settings = ['shared_buffers=512MB', 'max_wal_size=4GB', 'maintenance_work_mem=256MB'];
const cluster = values.url ? undefined : await createCluster({ durable: true, settings });
const url = values.url ?? cluster?.url ?? '';
const stores: EventStore[] = [];
const database = openDatabase({ address: parseDatabaseUrl(url), statementTimeoutMs: 600_000 });
let issueNumber = 1_000_000;

try {
  await load();
  await benchReads();
  await benchConditions();
  await benchAppends(1, appends, { p95: 2 });
  await benchAppends(4, appends, { p95: 8, perSecond: 1000 });
  await benchTail();
  await race(Number(values.races));
  if (cluster) await killServer(Number(values.kills));
  await benchVerify();
} finally {
  await Promise.all(stores.map((store) => store.close()));
  await database.close();
  await cluster?.remove();
}

function open(repository = REPOSITORY): EventStore {
  const own = openDatabase({ address: parseDatabaseUrl(url), connections: 1, statementTimeoutMs: 600_000 });
  const store = createPostgresStore({ database: own, log: createLogHandle(own, repository) });
  stores.push(store);
  return store;
}

function check(isKept: boolean, promise: string): void {
  if (!isKept) process.exitCode = 1;
  console.log(`${isKept ? 'kept  ' : 'BROKEN'} ${promise}`);
}

async function time(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

function printTimes(title: string, times: readonly number[], ...more: string[]): void {
  printRow(title, `p50 ${format(percentile(times, 50))}`, `p95 ${format(percentile(times, 95))}`, ...more);
}

/** One chunk is made while the one before is written. */
async function load(): Promise<void> {
  const store = open();
  const started = performance.now();
  let head = GENESIS;
  let writing: Promise<unknown> = Promise.resolve();
  let chunk: ImportedLine[] = [];
  const flush = async () => {
    await writing;
    const lines = chunk;
    chunk = [];
    writing = store.importLines?.(lines) ?? Promise.reject(new Error('no import'));
    writing.catch(() => {});
  };
  for (const { events } of makeBatches(total)) {
    const linked = linkEvents(events, head);
    head = linked.at(-1) ?? head;
    chunk.push(...linked.map((event) => ({ line: toLine(event), event })));
    if (chunk.length >= 2000) await flush();
  }
  await flush();
  await writing;
  const seconds = (performance.now() - started) / 1000;
  await database.query('analyze');
  const [[heap, index, tags] = []] = await database.query(
    `select pg_table_size('tamma_event'), pg_indexes_size('tamma_event'), pg_total_relation_size('tamma_event_tag')`,
  );
  const perEvent = (bytes: unknown) => `${Math.round(Number(bytes) / head.position)} B`;
  printRow(
    `import of ${head.position} events`,
    `${seconds.toFixed(1)} s`,
    `an event: ${perEvent(heap)} rows, ${perEvent(index)} indexes, ${perEvent(tags)} tags`,
  );
}

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function readCount(store: EventStore, ...args: Parameters<EventStore['read']>): Promise<number> {
  let count = 0;
  for await (const _event of store.read(...args)) count += 1;
  return count;
}

async function benchReads(): Promise<void> {
  const store = open();
  const issues = Math.max(1, Math.floor(total / 150));
  const times: number[] = [];
  let rows = 0;
  for (let index = 0; index < 200; index += 1) {
    const issueId = String(1 + ((index * 7919) % issues));
    times.push(
      await time(async () => {
        rows = await readCount(store, { items: [{ tags: { issueId } }] });
      }),
    );
  }
  printTimes('one issue', times, `${rows} events`, 'wanted: p95 ≤ 10 ms');
  const rare = await Promise.all([
    time(() => readCount(store, { items: [{ types: ['TRIGGER.ACTIVATED'], tags: { mode: 'dev' } }] })),
    time(() =>
      readCount(store, { items: [{ types: ['WORKFLOW.COMPLETED'], tags: { mode: 'dev' } }] }, { limit: 100 }),
    ),
  ]);
  printRow(
    'a broad tag with a type that is not there',
    format(rare[0]),
    'and with a rare one',
    format(rare[1]),
  );
  const { position } = await store.head();
  const [newest] = await gather(store.read({ items: [] }, { after: position - 1 }));
  const end = Date.parse(newest?.timestamp ?? '');
  const since = new Date(end - 30 * 24 * 3600 * 1000).toISOString();
  for (const unchecked of [true, false]) {
    let count = 0;
    const took = await time(async () => {
      count = await readCount(store, { items: [{ tags: { provider: 'anthropic' } }] }, { since, unchecked });
    });
    printRow(
      `a tag over 30 days${unchecked ? ', unchecked' : ''}`,
      format(took),
      `${count} events`,
      'wanted: < 1 s',
    );
  }
  const whole = await time(() => readCount(store, { items: [] }, { unchecked: true }));
  printRow('the whole log, unchecked', format(whole), `${Math.round(position / (whole / 1000))} events/s`);
}

async function benchConditions(): Promise<void> {
  const [[log] = []] = await database.query('select log from tamma_log where repository = $1', [REPOSITORY]);
  const [[head] = []] = await database.query('select position from tamma_head where log = $1', [log]);
  const conditions: [string, (index: number) => unknown, (index: number) => number][] = [
    [
      'an issue’s claim since ever, none',
      (n) => [{ tags: [`issueId=${1 + n * 31}`], types: ['ISSUE.ASSIGNED.SUCCESS'] }],
      () => 0,
    ],
    [
      'an issue since its last event',
      (n) => [{ tags: [`issueId=${1 + n * 31}`], types: null }],
      () => Number(head) - 100,
    ],
    [
      'a broad tag with a type, none, since ever',
      () => [{ tags: ['mode=dev'], types: ['TRIGGER.ACTIVATED'] }],
      () => 0,
    ],
  ];
  for (const [title, toItems, toAfter] of conditions) {
    // Counted in the database: what a caller waits for besides is the same for everything.
    const times: number[] = [];
    for (let index = 0; index < 200; index += 1) {
      const [[took] = []] = await database.query(
        `with t as materialized (select clock_timestamp() as at),
           c as materialized (select tamma_conflict($1, $2, $3, $4, '{}') as found from t)
         select extract(epoch from clock_timestamp() - t.at) * 1000 from t, c`,
        [log, toAfter(index), head, JSON.stringify(toItems(index))],
      );
      times.push(Number(took));
    }
    printTimes(`condition: ${title}`, times, 'wanted: ≤ 0.5 ms');
  }
}

type Wanted = { p95?: number; perSecond?: number };

/** Each writer works on an issue of its own, on the condition that nobody else does. */
async function benchAppends(writers: number, count: number, { p95, perSecond }: Wanted): Promise<void> {
  const handles = Array.from({ length: writers }, () => open());
  await Promise.all(handles.map((store) => store.head()));
  const times: number[] = [];
  const write = async (store: EventStore, share: number) => {
    issueNumber += 1;
    const issue = issueNumber;
    let after = 0;
    for (let round = 0; round < share; round += 1) {
      const events = makeEvents(issue, round % 30, new Date()).map((event) => ({
        ...event,
        id: createUuidV7(new Date()),
      }));
      const condition = { failIfEventsMatch: { items: [{ tags: { issueId: String(issue) } }] }, after };
      let result: AppendResult | undefined;
      const took = await time(async () => {
        result = await store.append(events, condition);
      });
      times.push(took);
      if (result?.status !== 'appended') throw new Error('an append of its own failed');
      after = result.lastPosition;
    }
  };
  const whole = await time(() =>
    Promise.all(handles.map((store) => write(store, Math.ceil(count / writers)))),
  );
  printTimes(
    `append of ${EVENTS_PER_BATCH}, ${writers} at once`,
    times,
    `${Math.round(times.length / (whole / 1000))} appends/s`,
    p95 === undefined ? '' : `wanted: p95 ≤ ${p95} ms${perSecond ? `, ≥ ${perSecond}/s` : ''}`,
  );
}

async function benchTail(): Promise<void> {
  const stop = followTail();
  await benchAppends(4, appends / 4, {});
  const { seen, isGapless } = await stop();
  check(
    isGapless && seen > 0,
    `a reader at the tail saw ${seen} events meanwhile, each right after the one before`,
  );
}

/** Another connection that asks again and again for what is new. */
function followTail(): () => Promise<{ seen: number; isGapless: boolean }> {
  const store = open();
  let isDone = false;
  const following = (async () => {
    let { position } = await store.head();
    let seen = 0;
    let isGapless = true;
    while (!isDone) {
      for await (const event of store.read({ items: [] }, { after: position, unchecked: true })) {
        isGapless &&= event.position === position + 1;
        position = event.position;
        seen += 1;
      }
    }
    return { seen, isGapless };
  })();
  return () => {
    isDone = true;
    return following;
  };
}

/** All look before the first one writes, and write at the same moment. */
async function race(rounds: number): Promise<void> {
  const racers = Array.from({ length: 16 }, () => open());
  await Promise.all(racers.map((store) => store.head()));
  let wrong = 0;
  const surprises = new Set<string>();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    issueNumber += 1;
    const items = [{ types: ['WORKFLOW.STEP_STARTED'], tags: { issueId: String(issueNumber) } }];
    const after = Math.min(
      ...(await Promise.all(racers.map(async (store) => (await store.head()).position))),
    );
    const results = await Promise.all(
      racers.map(async (store) => {
        const [claim] = makeEvents(issueNumber, 0, new Date());
        if (!claim) throw new Error('no event');
        const started = performance.now();
        const own = { ...claim, id: createUuidV7(new Date()) };
        const result = await store
          .append([own], { failIfEventsMatch: { items }, after })
          .catch((error: unknown) => {
            surprises.add(error instanceof TammaError ? error.code : String(error));
            return undefined;
          });
        times.push(performance.now() - started);
        return result?.status;
      }),
    );
    if (results.filter((status) => status === 'appended').length !== 1) wrong += 1;
  }
  printTimes(`16 racers for each of ${rounds} issues`, times);
  check(
    wrong === 0 && surprises.size === 0,
    `one winner each, ${wrong} otherwise; errors: ${[...surprises].join(', ') || 'none'}`,
  );
}

/** Writers go on through crashes of the server: what was acknowledged must be there, and nothing twice. */
async function killServer(kills: number): Promise<void> {
  if (!cluster) return;
  const repository = 'example.org/bench/kills';
  const acknowledged: string[] = [];
  let isDone = false;
  const writers = Array.from({ length: 4 }, async (_none, index) => {
    const store = open(repository);
    for (let round = 0; !isDone; round += 1) {
      const events = makeEvents(index + 1, round % 30, new Date()).map((event) => ({
        ...event,
        id: createUuidV7(new Date()),
      }));
      const result = await store.append(events);
      if (result.status === 'appended') acknowledged.push(...events.map(({ id }) => id));
    }
  });
  for (let round = 0; round < kills; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 300));
    await cluster.kill();
    await cluster.start();
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  isDone = true;
  await Promise.all(writers);
  const store = open(repository);
  const there = (await gather(store.read())).map(({ id }) => id);
  const known = new Set<string>(there);
  const lost = acknowledged.filter((id) => !known.has(id)).length;
  const { ok } = await store.verify();
  check(
    lost === 0 && ok && known.size === there.length,
    `${kills} crashes of the server: ${acknowledged.length} events acknowledged, ${lost} lost, ${there.length - known.size} twice, the log ${ok ? 'verifies' : 'is damaged'}`,
  );
}

async function benchVerify(): Promise<void> {
  const store = open();
  let isOk = false;
  const took = await time(async () => {
    isOk = (await store.verify()).ok;
  });
  printRow('verify', format(took), `${Math.round(process.memoryUsage().rss / 1e6)} MB`);
  check(isOk, 'the log verifies');
}
