// The order matters: what is imported later sees the watched functions.

import { readFileSync } from 'node:fs';
import type { NewEvent } from '../../src/core/events/event.ts';
import { createUuidV7 } from '../../src/lib/uuid.ts';
import {
  createGitBranchStore,
  type GitBranchStoreOptions,
} from '../../src/stores/git-branch/git-branch-store.ts';
import { countWrites, endBeforeWrite } from './write-boundaries.ts';

/**
 * A writer in a process of its own: `node fault-writer.ts order.json`. Appends the events once, prints how many writes
 * that took, and is killed before one of them where the order says so. After a failure it ends with 1.
 */
export type FaultOrder = Pick<GitBranchStoreOptions, 'gitDirectory' | 'remote' | 'transport'> & {
  events: NewEvent[];
  /** Before which write it ends; null: before none. */
  endBefore: number | null;
};

const { events, endBefore, ...place } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as FaultOrder;
const clock = { now: () => new Date(), newId: () => createUuidV7(new Date()) };
const store = createGitBranchStore({ ...place, clock, budgetMs: 0 });
try {
  await store.head();
  endBeforeWrite(endBefore ?? Number.POSITIVE_INFINITY);
  await store.append(events);
} catch {
  process.exitCode = 1;
}
const writes = countWrites();
process.stdout.write(`${writes}\n`);
await store.close();
