import type { EventStore } from '../../src/ports/event-store.ts';

export type StoreCounts = { heads: number; reads: number; events: number; loads: number; saves: number };

/** A store, and how often and for how much it was asked. */
export function countStore(store: EventStore): { store: EventStore; counts: StoreCounts } {
  const counts: StoreCounts = { heads: 0, reads: 0, events: 0, loads: 0, saves: 0 };
  const counted: EventStore = {
    ...store,
    head(options) {
      counts.heads += 1;
      return store.head(options);
    },
    async *read(query, options) {
      counts.reads += 1;
      for await (const event of store.read(query, options)) {
        counts.events += 1;
        yield event;
      }
    },
    snapshots: {
      ...store.snapshots,
      load(projection) {
        counts.loads += 1;
        return store.snapshots.load(projection);
      },
      save(snapshot) {
        counts.saves += 1;
        return store.snapshots.save(snapshot);
      },
    },
  };
  return { store: counted, counts };
}
