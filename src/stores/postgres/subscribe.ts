import type { LoggedEvent } from '../../core/events/event.ts';
import { pause } from '../../lib/pause.ts';
import type { SubscribeOptions } from '../../ports/event-store.ts';
import type { Database } from './database.ts';
import type { LogHandle } from './open-log.ts';
import { type Patience, withPatience } from './patience.ts';
import { readEvents } from './read-events.ts';

export type Following = {
  database: Database;
  log: LogHandle;
  patience: Patience;
  /** How long it waits for a notice before it looks by itself: notices get lost behind some poolers. */
  pollMs: number;
};

const ABSENT_POLL_MS = 200;

/** Reads from where it is each time there is a notice; the notice itself says nothing, so that none can be missed. */
export async function* followLog(
  { database, log, patience, pollMs }: Following,
  { query = { items: [] }, after, signal }: SubscribeOptions,
): AsyncGenerator<LoggedEvent> {
  const bell = createBell(signal);
  let stop: (() => Promise<void>) | undefined;
  let seen = after;
  try {
    while (!signal.aborted) {
      bell.reset();
      const open = await withPatience(patience, () => log.find());
      if (open && (!stop || bell.isBroken())) {
        await stop?.();
        bell.mend();
        stop = await withPatience(patience, () => database.listen(`tamma_log_${open.log}`, bell.ring));
      }
      if (open) {
        for await (const event of readEvents({ database, open }, query, { after: seen })) {
          yield event;
          seen = event.position;
          if (signal.aborted) return;
        }
      }
      // Nobody can send notices of a log that is not there.
      await bell.wait(open ? pollMs : Math.min(pollMs, ABSENT_POLL_MS));
    }
  } finally {
    await stop?.();
  }
}

type Bell = {
  ring(isLost: boolean): void;
  reset(): void;
  isBroken(): boolean;
  mend(): void;
  /** Until it rings or has rung since `reset`, the time is up, or nobody waits any more. */
  wait(milliseconds: number): Promise<void>;
};

function createBell(signal: AbortSignal): Bell {
  let rung = new AbortController();
  let isBroken = false;
  return {
    ring(isLost) {
      isBroken ||= isLost;
      rung.abort();
    },
    reset: () => {
      rung = new AbortController();
    },
    isBroken: () => isBroken,
    mend: () => {
      isBroken = false;
    },
    wait: (milliseconds) => pause(milliseconds, AbortSignal.any([signal, rung.signal])),
  };
}
