import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggedEvent } from '../../core/events/event.ts';
import type { SubscribeOptions } from '../../ports/event-store.ts';
import type { BranchObjects } from './branch-objects.ts';
import { readEvents } from './read-events.ts';
import type { Tip } from './tip.ts';

export type Following = { look(): Promise<Tip>; objects: BranchObjects; pollMs: number };

/** A branch tells nobody that it moved: so somebody looks from time to time. */
export async function* followLog(
  { look, objects, pollMs }: Following,
  { query = { items: [] }, after, signal }: SubscribeOptions,
): AsyncGenerator<LoggedEvent> {
  let last = after;
  while (!signal.aborted) {
    const tip = await look();
    if (tip.head.position > last) {
      for await (const event of readEvents(objects, tip, query, { after: last })) {
        if (signal.aborted) return;
        yield event;
      }
      last = tip.head.position;
    }
    await sleep(pollMs, undefined, { signal }).catch(() => {});
  }
}
