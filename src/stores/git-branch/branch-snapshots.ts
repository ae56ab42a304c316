import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Snapshot, SnapshotStore } from '../../ports/event-store.ts';
import type { BranchObjects } from './branch-objects.ts';
import type { Tip } from './tip.ts';

const snapshotFile = z.strictObject({
  projection: z.string(),
  version: z.string(),
  position: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  state: z.unknown(),
});

/** At least so many events apart, however often they are asked for: each is a file, as large as what it is a fold of. */
const APART = 1_000;

export type BranchSnapshots = {
  store: SnapshotStore;
  /** The files under `snap/` that go along with an append. */
  toWrite(): ReadonlyMap<string, string | null>;
  /** What was to be written is on the branch. */
  settle(written: ReadonlyMap<string, string | null>): void;
};

/** Folds of the log as files beside it. A commit of their own would cost a push, so they wait for the next append. */
export function createBranchSnapshots(objects: BranchObjects, seen: () => Promise<Tip>): BranchSnapshots {
  /** Null: to be removed. */
  const waiting = new Map<string, { snapshot: Snapshot; text: string } | null>();

  async function load(projection: string): Promise<Snapshot | undefined> {
    const waits = waiting.get(projection);
    return waits === undefined ? await loadWritten(projection) : waits?.snapshot;
  }

  async function loadWritten(projection: string): Promise<Snapshot | undefined> {
    const { root } = await seen();
    const content = root && (await objects.findFile(root, toSnapshotPath(projection)));
    const snapshot = content ? parseSnapshot(content) : undefined;
    return snapshot?.projection === projection ? snapshot : undefined;
  }

  return {
    store: {
      load,
      async save(snapshot) {
        const before = await loadWritten(snapshot.projection);
        const isNear = before?.version === snapshot.version && snapshot.position - before.position < APART;
        if (isNear && snapshot.position >= before.position) return;
        waiting.set(snapshot.projection, { snapshot, text: `${JSON.stringify(snapshot)}\n` });
      },
      async remove(projection) {
        if (await load(projection)) waiting.set(projection, null);
      },
    },
    toWrite: () =>
      new Map([...waiting].map(([projection, waits]) => [toSnapshotPath(projection), waits?.text ?? null])),
    settle(written) {
      for (const [projection, waits] of waiting) {
        if (written.get(toSnapshotPath(projection)) === (waits?.text ?? null)) waiting.delete(projection);
      }
    },
  };
}

export function toSnapshotPath(projection: string): string {
  const isPlain = /^[a-z0-9][a-z0-9-]{0,60}$/.test(projection);
  return `snap/${isPlain ? projection : `x${createHash('sha256').update(projection).digest('hex').slice(0, 40)}`}.json`;
}

function parseSnapshot(content: Buffer): Snapshot | undefined {
  try {
    return snapshotFile.safeParse(JSON.parse(content.toString())).data;
  } catch {
    return undefined;
  }
}
