import { createUuidV7 } from '../../src/lib/uuid.ts';
import type { AppendResult } from '../../src/ports/event-store.ts';
import { createGitBranchStore } from '../../src/stores/git-branch/git-branch-store.ts';
import { createEventMaker } from './new-events.ts';

/**
 * A writer in a process of its own: `node append-process.ts '{"gitDirectory":…}'`. It says `ready`, waits for a line on
 * its input, appends batches of its issue, and prints one JSON line for each answer, after the answer only.
 */
export type AppendOrder = {
  gitDirectory: string;
  remote?: { url: string; authorization: string };
  issue: string;
  appends: number;
  /** Each append only if nobody ever claimed the issue. */
  isClaim: boolean;
};

export type Acknowledgement = { ids: string[]; result: AppendResult };

const order = JSON.parse(process.argv[2] ?? '{}') as AppendOrder;
const clock = { now: () => new Date(), newId: () => createUuidV7(new Date()) };
const store = createGitBranchStore({ ...order, clock });
const make = createEventMaker(clock);
const claims = { items: [{ types: ['ISSUE.ASSIGNED.SUCCESS'], tags: { issueId: order.issue } }] };

process.stdout.write('ready\n');
process.stdin.once('data', () => {
  void appendAll().then(() => process.stdin.destroy());
});

async function appendAll(): Promise<void> {
  for (let done = 0; done < order.appends; done += 1) {
    const batch = order.isClaim
      ? [make.claim(order.issue)]
      : [make.skip(order.issue), make.skip(order.issue), make.skip(order.issue)];
    const condition = order.isClaim ? { failIfEventsMatch: claims, after: 0 } : undefined;
    const result = await store.append(batch, condition);
    const acknowledged: Acknowledgement = { ids: batch.map(({ id }) => id), result };
    process.stdout.write(`${JSON.stringify(acknowledged)}\n`);
  }
  await store.close();
}
