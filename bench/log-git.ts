import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deflateSync } from 'node:zlib';
import type { LoggedEvent, NewEvent } from '../src/core/events/event.ts';
import { toLine } from '../src/core/events/line.ts';
import { git, gitText } from '../src/lib/git.ts';
import { createObject, encodePack } from '../src/lib/git-object-format.ts';
import { createUuidV7 } from '../src/lib/uuid.ts';
import type { EventStore } from '../src/ports/event-store.ts';
import { createGitBranchStore } from '../src/stores/git-branch/git-branch-store.ts';
import { createGitServer } from '../test/support/git-server.ts';
import { createBigLog } from './big-log.ts';
import { createCountingProxy } from './counting-proxy.ts';
import { BATCHES_PER_ISSUE, EVENTS_PER_BATCH, makeEvents } from './log-events.ts';
import { format, percentile, printRow } from './print.ts';

/**
 * The log on a branch, over HTTP, at several lengths, against bare git on the same server in the same run. Read the
 * ratios; the milliseconds are this machine's. `node bench/log-git.ts [--events 1000,100000,1000000] [--rounds 60] [--keep DIR]`
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000,100000' },
    rounds: { type: 'string', default: '60' },
    keep: { type: 'string' },
  },
});
const sizes = values.events.split(',').map(Number);
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), 'tamma-bench-'));
const root = values.keep ?? join(folder, 'logs');
mkdirSync(join(root, 'bench'), { recursive: true });
const token = 'bench-token';
const server = await createGitServer({ root, tokens: { [token]: { login: 'bench', write: true } } });
const proxy = await createCountingProxy(Number(new URL(server.url).port));
const clock = { now: () => new Date(), newId: () => createUuidV7(new Date()) };
const authorization = `Basic ${Buffer.from(`x:${token}`).toString('base64')}`;
let opened = 0;
let round = 0;

try {
  for (const size of sizes) await prepare(size);
  await benchOpening();
  await benchAppends();
  await benchAgainstGit();
  const large = Math.min(100_000, sizes.at(-1) ?? 0);
  benchNaive(large);
  benchSize(large);
} finally {
  proxy.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

function repositoryOf(size: number): string {
  return join(root, 'bench', `log-${size}.git`);
}

async function prepare(size: number): Promise<void> {
  if (existsSync(repositoryOf(size))) return;
  const started = performance.now();
  await createBigLog(repositoryOf(size), size);
  console.log(`made a log of ${size} events in ${format(performance.now() - started)}`);
}

/** As on a runner that was never here before. */
function openFresh(log: number | string, transport: 'wire' | 'git' = 'wire'): EventStore {
  opened += 1;
  const gitDirectory = join(folder, `runner-${opened}.git`);
  spawnSync('git', ['init', '--quiet', '--bare', '--template=', gitDirectory]);
  const remote = { url: `${proxy.url}/bench/log-${log}.git`, authorization };
  return createGitBranchStore({ gitDirectory, remote, transport, clock });
}

async function time(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

/** A round after the other over all lengths, so that a machine that slows down does so for all of them. */
async function inTurns(act: (size: number) => Promise<number>): Promise<Map<number, number[]>> {
  const all = new Map(sizes.map((size): [number, number[]] => [size, []]));
  for (let round = -3; round < rounds; round += 1) {
    for (const size of sizes) {
      const taken = await act(size);
      if (round >= 0) all.get(size)?.push(taken);
    }
  }
  return all;
}

function printBySize(title: string, all: Map<number, number[]>): void {
  console.log(`\n${title}`);
  const base = all.get(sizes[0] ?? 0) ?? [];
  for (const [size, times] of all) {
    const [p50, p95] = [percentile(times, 50), percentile(times, 95)];
    printRow(
      `  at ${size} events`,
      `p50 ${format(p50)}`,
      `p95 ${format(p95)}`,
      `${(p50 / percentile(base, 50)).toFixed(2)} × / ${(p95 / percentile(base, 95)).toFixed(2)} ×`,
    );
  }
}

async function benchOpening(): Promise<void> {
  printBySize(
    'opening the log on a fresh runner (wire)',
    await inTurns(async (size) => {
      const store = openFresh(size);
      const taken = await time(() => store.head());
      await store.close();
      return taken;
    }),
  );
  console.log(
    '\nopening and reading one issue on a fresh runner (wire): requests, and bytes besides its events',
  );
  for (const size of sizes) {
    const newest = Math.floor(size / (EVENTS_PER_BATCH * BATCHES_PER_ISSUE * 12)) * 12 - 3;
    for (const issue of [Math.max(1, newest), 1]) {
      const store = openFresh(size);
      proxy.take();
      const before = server.requests.length;
      const events = await collect(store, issue);
      const { received, sent } = proxy.take();
      const own = sizeAsStored(events);
      const batches = events.length / EVENTS_PER_BATCH;
      printRow(
        `  at ${size}, issue ${issue} (${events.length} events)`,
        `${server.requests.length - before} requests`,
        `${((received - own) / 1024).toFixed(1)} KB besides ${(own / 1024).toFixed(1)} KB`,
        `${(sent / 1024).toFixed(1)} KB sent, ${batches} batches`,
      );
      await store.close();
    }
  }
}

/** A batch is a file of its own, and git compresses each by itself. */
function sizeAsStored(events: readonly LoggedEvent[]): number {
  let bytes = 0;
  for (let from = 0; from < events.length; from += EVENTS_PER_BATCH) {
    const batch = events.slice(from, from + EVENTS_PER_BATCH);
    bytes += deflateSync(batch.map((event) => `${toLine(event)}\n`).join('')).length;
  }
  return bytes;
}

async function collect(store: EventStore, issue: number): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for await (const event of store.read({ items: [{ tags: { issueId: String(issue) } }] })) events.push(event);
  return events;
}

function nextBatch(): NewEvent[] {
  round += 1;
  return makeEvents(5, round % (BATCHES_PER_ISSUE - 1), new Date(Date.now() + round));
}

async function benchAppends(): Promise<void> {
  const stores = new Map(sizes.map((size): [number, EventStore] => [size, openFresh(size)]));
  let requests = 0;
  let appends = 0;
  const all = await inTurns(async (size) => {
    const store = stores.get(size);
    const before = server.requests.length;
    const events = nextBatch();
    const taken = await time(() => store?.append(events) ?? Promise.resolve());
    requests += server.requests.length - before;
    appends += 1;
    return taken;
  });
  printBySize('a warm append of five events (wire)', all);
  printRow('  requests an append', (requests / appends).toFixed(2));
  for (const store of stores.values()) await store.close();
}

/** The least that `git push` can do: one commit whose objects lie ready. */
async function benchAgainstGit(): Promise<void> {
  const size = sizes[0] ?? 1000;
  const local = join(folder, 'pusher.git');
  await gitText(['init', '--quiet', '--bare', '--end-of-options', local]);
  const url = `${proxy.url}/bench/log-${size}.git`;
  const options = { gitDirectory: local, authorization: { url, header: authorization } };
  const wire = openFresh(size);
  // A log of its own: each is its only writer, as the push is.
  const copy = join(root, 'bench', 'log-copy.git');
  rmSync(copy, { recursive: true, force: true });
  spawnSync('cp', ['-r', repositoryOf(size), copy]);
  const command = openFresh('copy', 'git');
  const times = { push: [] as number[], wire: [] as number[], git: [] as number[] };
  let parent: string | undefined;
  for (let index = -3; index < rounds; index += 1) {
    const made = makeCommit(index, parent);
    await git(['unpack-objects', '-q'], { gitDirectory: local, input: encodePack(made.objects, 'sha1') });
    const pushed = await time(() =>
      git(
        ['push', '--quiet', url, `${made.commit}:refs/heads/bare`, ...(parent ? [] : ['--force'])],
        options,
      ),
    );
    parent = made.commit;
    const byWire = await time(() => wire.append(nextBatch()));
    const byGit = await time(() => command.append(nextBatch()));
    if (index < 0) continue;
    times.push.push(pushed);
    times.wire.push(byWire);
    times.git.push(byGit);
  }
  console.log('\nan append of five events against the cheapest git push of one commit to the same server');
  const base = percentile(times.push, 50);
  for (const [name, list] of Object.entries(times)) {
    printRow(
      `  ${name}`,
      `p50 ${format(percentile(list, 50))}`,
      `p95 ${format(percentile(list, 95))}`,
      `${(percentile(list, 50) / base).toFixed(2)} ×`,
    );
  }
  await wire.close();
  await command.close();
}

function makeCommit(index: number, parent: string | undefined) {
  const blob = createObject('blob', `${index}\n`.repeat(200), 'sha1');
  const entry = Buffer.concat([Buffer.from('100644 file\0'), Buffer.from(blob.id, 'hex')]);
  const tree = createObject('tree', entry, 'sha1');
  const who = `bench <bench@localhost> ${1_700_000_000 + index} +0000`;
  const lines = [
    `tree ${tree.id}`,
    ...(parent ? [`parent ${parent}`] : []),
    `author ${who}`,
    `committer ${who}`,
    '',
    `${index}\n`,
  ];
  const commit = createObject('commit', lines.join('\n'), 'sha1');
  return { commit: commit.id, objects: [blob, tree, commit] };
}

/** What most tools do: one file, checked out, appended to, committed and pushed, on a runner that starts from nothing. */
function benchNaive(size: number): void {
  const bare = join(root, 'bench', `naive-${size}.git`);
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'b',
    GIT_AUTHOR_EMAIL: 'b@b',
    GIT_COMMITTER_NAME: 'b',
    GIT_COMMITTER_EMAIL: 'b@b',
  };
  const run = (script: string, cwd: string) => {
    const done = spawnSync('bash', ['-euc', script], { cwd, env, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
  };
  if (!existsSync(bare)) {
    const seed = join(folder, 'seed');
    run(
      `git init -q --bare ${bare}; git -C ${bare} config http.receivepack true; git init -q ${seed}; cd ${seed}; git --git-dir=${repositoryOf(size)} log --reverse --format= -p --no-color tamma-events -- log | sed -n 's/^+{/{/p' > events.ndjson; git checkout -q -b events; git add .; git commit -q -m seed; git push -q ${bare} events`,
      folder,
    );
  }
  const times: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    const clone = join(folder, `naive-${index}`);
    const started = performance.now();
    // The server answers in this process: path and not HTTP, which is in the baseline's favour.
    run(
      `git clone -q --depth=1 --branch events file://${bare} ${clone}; cd ${clone}; head -5 events.ndjson >> events.ndjson; git add .; git commit -q -m append; git push -q origin events`,
      folder,
    );
    times.push(performance.now() - started);
  }
  console.log('\nclone, append to one file, commit and push, on a fresh runner');
  printRow(`  at ${size} events`, `p50 ${format(percentile(times, 50))}`);
}

function benchSize(size: number): void {
  const copy = join(folder, 'gc.git');
  spawnSync('cp', ['-r', repositoryOf(size), copy]);
  spawnSync('git', ['-C', copy, 'repack', '-adfq'], { encoding: 'utf8' });
  const bytes = spawnSync('du', ['-sb', join(copy, 'objects')], { encoding: 'utf8' }).stdout;
  console.log(
    `\nthe repository after gc: ${(Number.parseInt(bytes, 10) / size).toFixed(0)} bytes an event, at ${size} events`,
  );
}
