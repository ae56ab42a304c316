import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { LoggedEvent } from '../src/core/events/event.ts';
import { createUuidV7 } from '../src/lib/uuid.ts';
import { createGitBranchStore } from '../src/stores/git-branch/git-branch-store.ts';
import { createGitRepository } from '../test/support/git-repository.ts';
import { createGitServer, type GitServer } from '../test/support/git-server.ts';
import type { HerdAnswer, HerdOrder } from './herd-writer.ts';
import { format, percentile, printRow } from './print.ts';

/**
 * Many processes on one branch over HTTP: a herd (one append each at the same instant), racers for the same claims, and a
 * time of thinking load. Whatever happens, every acknowledged batch must be there once, whole, and in its writer's order.
 * `node bench/log-herd.ts [--writers 2,8,32] [--rounds 3] [--claims 5] [--seconds 60] [--think 3000] [--transport wire|git]`
 */
const { values } = parseArgs({
  options: {
    writers: { type: 'string', default: '2,8,32' },
    rounds: { type: 'string', default: '3' },
    claims: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
    think: { type: 'string', default: '3000' },
    transport: { type: 'string', default: 'wire' },
  },
});
const script = fileURLToPath(new URL('herd-writer.ts', import.meta.url));
const transport = values.transport === 'git' ? 'git' : 'wire';
const load = { appends: 1, isClaim: false, thinkMs: 0, forMs: 0 };

for (const writers of values.writers.split(',').map(Number)) {
  console.log(`\n${writers} writers (${transport})`);
  for (let round = 0; round < Number(values.rounds); round += 1) await bench('herd', writers, load);
  const claims = Number(values.claims);
  if (claims > 0) await bench(`${claims} claims`, writers, { ...load, appends: claims, isClaim: true });
  const forMs = Number(values.seconds) * 1000;
  const thinkMs = Number(values.think);
  if (forMs > 0) await bench(`thinking ${thinkMs} ms`, writers, { ...load, appends: 1e9, thinkMs, forMs });
}

type Load = Pick<HerdOrder, 'appends' | 'isClaim' | 'thinkMs' | 'forMs'>;

async function bench(name: string, writers: number, work: Load): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'tamma-herd-'));
  const there = await createGitRepository({ directory: join(root, 'team/app.git'), bare: true });
  const server = await createGitServer({ root, tokens: { t: { login: 'bench', write: true } } });
  try {
    await begin(there.gitDirectory);
    const remote = { url: `${server.url}/team/app.git`, authorization: 'Bearer t' };
    const orders = Array.from(
      { length: writers },
      (_none, writer): HerdOrder => ({
        gitDirectory: join(root, `runner-${writer}`),
        remote,
        transport,
        writer,
        ...work,
      }),
    );
    const answers = await race(orders, server);
    await check(there.gitDirectory, answers, work);
    print(name, answers.flat(), server);
  } finally {
    await server.close();
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

function openLocal(gitDirectory: string) {
  const clock = { now: () => new Date(), newId: () => createUuidV7(new Date()) };
  return createGitBranchStore({ gitDirectory, clock });
}

/** A log that is there already, as in every repository but a new one. */
async function begin(gitDirectory: string): Promise<void> {
  const store = openLocal(gitDirectory);
  const { makeEvents } = await import('./log-events.ts');
  for (let round = 0; round < 5; round += 1) await store.append(makeEvents(1, round, new Date()));
  await store.close();
}

/** All of them are ready before one begins, so the server's requests are counted from there. */
async function race(orders: HerdOrder[], server: GitServer): Promise<HerdAnswer[][]> {
  const running = orders.map(start);
  await Promise.all(running.map(({ ready }) => ready));
  server.requests.length = 0;
  for (const { child } of running) child.stdin.write('go\n');
  return Promise.all(running.map(({ ended }) => ended));
}

function start(order: HerdOrder) {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [script, JSON.stringify(order)]);
  const answers: HerdAnswer[] = [];
  let errors = '';
  let rest = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'ready') resolve();
        else answers.push(JSON.parse(line) as HerdAnswer);
      }
    });
  });
  const ended = new Promise<HerdAnswer[]>((resolve, reject) => {
    child.on('close', (code) => (code === 0 ? resolve(answers) : reject(new Error(errors))));
  });
  return { child, ready, ended };
}

/** Throws where a promise was broken. */
async function check(gitDirectory: string, answers: HerdAnswer[][], { isClaim }: Load): Promise<void> {
  const store = openLocal(gitDirectory);
  const report = await store.verify();
  if (!report.ok) throw new Error(`the log does not verify: ${JSON.stringify(report.problems.slice(0, 3))}`);
  const events: LoggedEvent[] = [];
  for await (const event of store.read()) events.push(event);
  await store.close();
  const places = new Map(events.map(({ id, position }) => [id, position]));
  if (places.size !== events.length) throw new Error('an event is there twice');
  for (const own of answers) {
    let last = 0;
    for (const { ids, result } of own) {
      if (result.status !== 'appended') continue;
      const found = ids.map((id) => places.get(id) ?? Number.NaN);
      if (found[0] !== result.firstPosition || found.at(-1) !== result.lastPosition)
        throw new Error('a batch is not where its writer was told');
      if (found.some((position, index) => position !== result.firstPosition + index))
        throw new Error('a batch is not whole');
      if (result.firstPosition <= last) throw new Error('the batches of a writer are out of order');
      last = result.lastPosition;
    }
  }
  if (isClaim) checkClaims(answers);
}

function checkClaims(answers: HerdAnswer[][]): void {
  for (let claim = 0; claim < (answers[0]?.length ?? 0); claim += 1) {
    const winners = answers.filter((own) => own[claim]?.result.status === 'appended').length;
    if (winners !== 1) throw new Error(`claim ${claim} was won ${winners} times`);
  }
}

function print(name: string, answers: readonly HerdAnswer[], { requests }: GitServer): void {
  const times = answers.map(({ ms }) => ms);
  const pushes = requests.filter(({ service }) => service === '/git-receive-pack').length;
  const appended = answers.filter(({ result }) => result.status === 'appended').length;
  printRow(
    `  ${name}`,
    `p50 ${format(percentile(times, 50))}`,
    `p95 ${format(percentile(times, 95))}`,
    `max ${format(Math.max(...times))}`,
    `${(pushes / Math.max(1, appended)).toFixed(2)} pushes, ${(requests.length / Math.max(1, answers.length)).toFixed(1)} requests an append (${appended} of ${answers.length})`,
  );
}
