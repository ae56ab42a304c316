import { TammaError } from '../core/errors.ts';
import { GENESIS } from '../core/events/chain.ts';
import type { LoggedEvent } from '../core/events/event.ts';
import type { Projection } from '../core/projections/projection.ts';
import { openSealed } from '../core/projections/seal.ts';
import type { EventStore, LogHead, ReadOptions } from '../ports/event-store.ts';

/** A projection as far as this process has folded it. */
export type Folding<S> = {
  readonly projection: Projection<S>;
  state: S;
  /** The last event that is in it. */
  at: LogHead;
  /** Where its newest snapshot stands. */
  savedAt: number;
  /** Whether a snapshot was looked for. */
  isLoaded: boolean;
};

/** Foldings of several kinds go through the log together. */
export type AnyFolding = Folding<unknown>;

export function createFolding<S>(projection: Projection<S>): Folding<S> {
  return { projection, state: projection.create(), at: GENESIS, savedAt: 0, isLoaded: false };
}

/** So many events are read with every check there is; of more than that, a look at how they are linked must do. */
const MANY = 10_000;

/**
 * Brings foldings up to the head of the log: from their snapshots, where those are of this log, with all that came after.
 * What does not fit is folded anew from the beginning; damage in the log itself throws LOG_CORRUPT.
 */
export async function foldOn(
  store: EventStore,
  foldings: readonly AnyFolding[],
  options: Pick<ReadOptions, 'asSeen'>,
): Promise<void> {
  await loadAll(store, foldings);
  const head = await store.head(options);
  for (const folding of foldings) if (!canLeadTo(folding.at, head)) begin(folding);
  while (!(await readOn(store, foldings, head)));
}

function canLeadTo(at: LogHead, head: LogHead): boolean {
  return at.position < head.position || (at.position === head.position && at.hash === head.hash);
}

function begin(folding: AnyFolding): void {
  folding.state = folding.projection.create();
  folding.at = GENESIS;
  folding.savedAt = 0;
}

/** Those that have not begun begin with their newest snapshots: one after the other, since they are found the same way. */
export async function loadAll(store: EventStore, foldings: readonly AnyFolding[]): Promise<void> {
  for (const folding of foldings) await loadOnce(store, folding);
}

/** A snapshot that cannot be read is none. */
async function loadOnce(store: EventStore, folding: AnyFolding): Promise<void> {
  if (folding.isLoaded) return;
  const snapshot = await store.snapshots.load(folding.projection.name).catch(() => undefined);
  folding.isLoaded = true;
  const state = snapshot && openSealed(folding.projection, snapshot);
  if (!snapshot || state === undefined) return;
  folding.state = state;
  folding.at = { position: snapshot.position, hash: snapshot.hash };
  folding.savedAt = snapshot.position;
}

/** False: one of them turned out to be the fold of another log, and has begun anew. */
async function readOn(store: EventStore, foldings: readonly AnyFolding[], head: LogHead): Promise<boolean> {
  const after = Math.min(...foldings.map(({ at }) => at.position));
  if (after >= head.position) return true;
  const unchecked = head.position - after > MANY;
  const resumed = new Set(foldings.filter(({ at }) => at.position > 0));
  for await (const event of store.read(
    { items: [] },
    { after, until: head.position, asSeen: true, unchecked },
  )) {
    for (const folding of foldings) {
      if (event.position <= folding.at.position) continue;
      if (event.prevHash !== folding.at.hash) {
        if (!resumed.has(folding)) throw await findDamage(store, event);
        begin(folding);
        return false;
      }
      resumed.delete(folding);
      try {
        folding.projection.take(folding.state, event);
      } catch (error) {
        begin(folding); // it may have taken a part of it
        throw await findDamage(store, event, error);
      }
      folding.at = event;
    }
  }
  for (const folding of foldings) folding.at = { position: folding.at.position, hash: folding.at.hash };
  return true;
}

/** What is wrong with an event that was not checked, in the words of whoever checks. */
async function findDamage(store: EventStore, { position }: LoggedEvent, error?: unknown): Promise<unknown> {
  const range = { after: Math.max(0, position - 2), until: position, asSeen: true };
  try {
    for await (const event of store.read({ items: [] }, range)) void event;
  } catch (damage) {
    return damage;
  }
  const message = `The log is damaged: event ${position} does not follow from the one before it`;
  return error ?? new TammaError('LOG_CORRUPT', message, { details: { position } });
}
