import { type Activity, activityProjection } from '../core/projections/activity.ts';
import { type IssueRow, issuesProjection } from '../core/projections/issues.ts';
import { sealState } from '../core/projections/seal.ts';
import { type LoopOutline, toOutline } from '../core/state/outline.ts';
import type { EventStore, ReadOptions } from '../ports/event-store.ts';
import { type AnyFolding, createFolding, foldOn, loadAll } from './fold-log.ts';
import { readState } from './read-state.ts';

export type IssueOutline = { issue: number; state: LoopOutline };

/**
 * Questions about the whole log, answered from the newest snapshot and what came after it; asked again, from what came
 * since. Whatever became of the snapshots, the answers are the same. Throws LOG_CORRUPT, LOG_UNREACHABLE.
 */
export type Projections = {
  /** Every issue the log knows, in the order of their numbers. */
  issues(options?: Pick<ReadOptions, 'asSeen'>): Promise<IssueOutline[]>;
  activity(options?: Pick<ReadOptions, 'asSeen'>): Promise<Readonly<Activity>>;
};

export type ProjectionsOptions = {
  store: EventStore;
  /** A snapshot that could not be kept: the next one reads more of the log, and nothing else is wrong. */
  onLost(reason: string): void;
};

export function createProjections({ store, onLost }: ProjectionsOptions): Projections {
  const issues = createFolding(issuesProjection);
  const activity = createFolding(activityProjection);
  const all: readonly AnyFolding[] = [issues, activity];
  let queue: Promise<unknown> = Promise.resolve();

  /** One at a time. Who has to read all of the log reads it for all. */
  function update(wanted: readonly AnyFolding[], options: Pick<ReadOptions, 'asSeen'>): Promise<void> {
    const act = async () => {
      await loadAll(store, wanted);
      await foldOn(store, wanted.some(({ at }) => at.position === 0) ? all : wanted, options);
      for (const folding of all) await keep(folding);
    };
    const turn = queue.then(act, act);
    queue = turn.catch(() => {});
    return turn;
  }

  async function keep(folding: AnyFolding): Promise<void> {
    const { projection, state, at, savedAt } = folding;
    if (at.position - savedAt < projection.every) return;
    folding.savedAt = at.position;
    try {
      await store.snapshots.save(sealState(projection, state, at));
    } catch (error) {
      onLost(error instanceof Error ? error.message : String(error));
    }
  }

  return {
    async issues(options = {}) {
      await update(all, options); // who asks for the issues asks for the rest next, which is small
      const rows = [...issues.state].sort(([a], [b]) => a - b);
      return Promise.all(
        rows.map(async ([issue, row]) => ({ issue, state: await toWhole(store, issue, row) })),
      );
    },
    async activity(options = {}) {
      await update([activity], options);
      return activity.state;
    },
  };
}

/** Not the row itself, which goes on. */
async function toWhole(
  store: EventStore,
  issue: number,
  { outline, isPartial }: IssueRow,
): Promise<LoopOutline> {
  return isPartial ? toOutline(await readState(store, issue, { asSeen: true })) : { ...outline };
}
