import { setTimeout as sleep } from 'node:timers/promises';
import { createUuidV7 } from '../src/lib/uuid.ts';
import type { AppendResult } from '../src/ports/event-store.ts';
import { createGitBranchStore } from '../src/stores/git-branch/git-branch-store.ts';
import { makeEvents } from './log-events.ts';

/**
 * A writer in a process of its own, for bench/log-herd.ts: says `ready`, waits for a line, appends, and prints one line of
 * JSON for each answer.
 */
export type HerdOrder = {
  gitDirectory: string;
  remote: { url: string; authorization: string };
  transport: 'wire' | 'git';
  writer: number;
  appends: number;
  /** All claim the same issue, one after the other. */
  isClaim: boolean;
  /** Mean time between two appends, and when to stop. */
  thinkMs: number;
  forMs: number;
};

export type HerdAnswer = { ids: string[]; result: AppendResult; ms: number };

const order = JSON.parse(process.argv[2] ?? '{}') as HerdOrder;
const clock = { now: () => new Date(), newId: () => createUuidV7(new Date()) };
const store = createGitBranchStore({ ...order, clock });
await store.head();
process.stdout.write('ready\n');
process.stdin.once('data', () => {
  void run().then(() => process.stdin.destroy());
});

async function run(): Promise<void> {
  const end = performance.now() + order.forMs;
  for (let done = 0; done < order.appends && (order.forMs === 0 || performance.now() < end); done += 1) {
    if (order.thinkMs > 0) await sleep(Math.random() * 2 * order.thinkMs);
    const answer = order.isClaim ? await claim(100_000 + done) : await append(done);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await store.close();
}

async function append(round: number): Promise<HerdAnswer> {
  const events = makeEvents(1000 + order.writer, round % 29, new Date()).map((event) => ({
    ...event,
    id: clock.newId(),
  }));
  const started = performance.now();
  const result = await store.append(events);
  return { ids: events.map(({ id }) => id), result, ms: performance.now() - started };
}

async function claim(issue: number): Promise<HerdAnswer> {
  const [event] = makeEvents(issue, 0, new Date());
  if (!event) throw new Error('no event');
  const events = [{ ...event, id: clock.newId() }];
  const claims = { items: [{ types: ['WORKFLOW.STEP_STARTED'], tags: { issueId: String(issue) } }] };
  const started = performance.now();
  const result = await store.append(events, { failIfEventsMatch: claims, after: 0 });
  return { ids: events.map(({ id }) => id), result, ms: performance.now() - started };
}
