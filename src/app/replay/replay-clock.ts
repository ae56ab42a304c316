import { createUuidV7 } from '../../lib/uuid.ts';
import type { Clock } from '../../ports/host.ts';

export type ReplayClock = Clock & {
  /** It is this time now; from here on it goes on as any clock does. */
  setTo(time: string): void;
};

/** The time of the log: what was decided by the clock then, such as that an approval had expired, is decided so again. */
export function createReplayClock(machine: Clock): ReplayClock {
  let offset = 0;
  const now = () => new Date(machine.now().getTime() + offset);
  return {
    now,
    newId: () => createUuidV7(now()),
    setTo(time) {
      offset = Date.parse(time) - machine.now().getTime();
    },
  };
}
