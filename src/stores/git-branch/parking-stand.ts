import { type AppendContext, findFormat } from './append-context.ts';
import type { ParkedRef } from './log-backend.ts';
import { parkBatch, type WaitingBatch } from './parked-batch.ts';
import type { Tip } from './tip.ts';

/** The place beside the branch where one batch may wait while others write. */
export type ParkingStand = {
  /** A race is lost: the batch is parked, unless a look at the winner may settle it. */
  lose(tip: Tip): Promise<void>;
  /**
   * Whether somebody else is about to take the batch along, by the batches that wait: the one who has waited the longest
   * goes, and the others only look. Not for longer than such a try takes: then that one is gone.
   */
  isServed(waiting: readonly ParkedRef[], spanMs: number): boolean;
  leave(): Promise<void>;
  giveUp(error: unknown): Promise<never>;
};

/** Who waits for another gives it as much time as its own try took, so many times. */
const PATIENCE = 3;
const SHORTEST_PATIENCE_MS = 300;

export function createParkingStand(
  { backend, clock, identity }: AppendContext,
  own: WaitingBatch,
): ParkingStand {
  let lost = 0;
  let mayPark = true;
  let parked: ParkedRef | undefined;
  let first: { ref: string; since: number } | undefined;

  async function leave(): Promise<void> {
    // Where it stays, whoever wins next sees that it is done with.
    if (parked) await backend.unpark?.([parked]).catch(() => {});
    parked = undefined;
  }

  return {
    leave,
    async lose(tip) {
      lost += 1;
      if (!backend.park || !mayPark || parked || lost < (own.condition ? 2 : 1)) return;
      const format = await findFormat(backend, tip);
      const batch = parkBatch(own, { identity, now: clock.now(), format });
      // A server may allow no refs but its own kinds: then every writer goes on racing.
      const outcome = await backend.park(batch).catch(() => undefined);
      if (outcome?.status === 'published') parked = { ref: batch.ref, id: batch.id };
      else mayPark = outcome !== undefined;
    },
    isServed(waiting, spanMs) {
      const refs = waiting.map(({ ref }) => ref).sort();
      if (!parked || !refs.includes(parked.ref)) {
        parked = undefined;
        return false;
      }
      const [oldest = ''] = refs;
      if (oldest === parked.ref) return false;
      if (first?.ref !== oldest) first = { ref: oldest, since: performance.now() };
      return performance.now() - first.since < Math.max(PATIENCE * spanMs, SHORTEST_PATIENCE_MS);
    },
    async giveUp(error) {
      await leave();
      throw error;
    },
  };
}
