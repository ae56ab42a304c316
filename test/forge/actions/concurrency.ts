export type Claim = { group: string; cancelInProgress: boolean; queue: boolean };
/** Who waits for a group. One of the two is called, and `cancel` also later, while it runs. */
export type Claimant = { start(): void; cancel(): void };
export type Concurrency = ReturnType<typeof createConcurrency>;

type Group = { running: Claimant | null; pending: Claimant[] };

/** At most this many wait in a group with `queue: max`. */
const MOST = 100;

/**
 * Groups of runs and jobs of which one runs at a time. One more may wait, and a newer one takes its place; with
 * `queue: max` a hundred wait in order (GitHub's documentation, "Concurrency"; changelog 2026-05-07).
 */
export function createConcurrency() {
  const groups = new Map<string, Group>();
  const groupOf = (name: string): Group => {
    const key = name.toLowerCase();
    const group = groups.get(key) ?? { running: null, pending: [] };
    groups.set(key, group);
    return group;
  };
  return {
    enter(claimant: Claimant, claim: Claim): void {
      const group = groupOf(claim.group);
      if (!group.running) {
        group.running = claimant;
        claimant.start();
      } else if (claim.queue && !claim.cancelInProgress) {
        if (group.pending.length >= MOST) claimant.cancel();
        else group.pending.push(claimant);
      } else {
        const losers = [...group.pending, ...(claim.cancelInProgress ? [group.running] : [])];
        group.pending = [claimant];
        for (const loser of losers) loser.cancel();
      }
    },
    /** Takes one out, whatever it was doing; the next of its group starts. */
    leave(claimant: Claimant): void {
      for (const group of groups.values()) {
        group.pending = group.pending.filter((entry) => entry !== claimant);
        if (group.running !== claimant) continue;
        group.running = group.pending.shift() ?? null;
        group.running?.start();
      }
    },
  };
}
