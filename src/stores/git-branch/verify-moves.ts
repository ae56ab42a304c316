import { type ArchivedPart, parseManifest } from '../../core/events/archived-part.ts';
import type { LogHead } from '../../core/events/chain.ts';
import { toCanonical } from '../../core/events/chain.ts';
import type { LogVerification } from '../../core/events/verification.ts';
import { MANIFEST } from './archived.ts';
import { type LogFolder, parseSealed, SEALED_FILE } from './folders.ts';
import { type BatchName, parseBatchPath, toFolderName } from './layout.ts';
import { type TimeRange, unite } from './times.ts';
import type { ReadObject } from './verify-commit.ts';
import type { HistoryChange, HistoryEntry } from './verify-history.ts';

/** What stands in a folder or a month so far. */
type Stretch = { first: number; prevHash: string; last: LogHead; times: TimeRange };

export type MoveCheck = {
  /** A file that comes now. False where it has not the next name. */
  pass(batch: BatchName): boolean;
  addBatch(batch: BatchName, events: { times: TimeRange; prevHash: string; last: LogHead }): void;
  /**
   * What a commit of ours took out of the tree, as it may: a folder that is complete, whose id goes into the list of its
   * month, and months that went into the archive. Answers with the paths concerned.
   */
  take(entry: HistoryEntry): Promise<ReadonlySet<string>>;
};

export function createMoveCheck({
  verification,
  read,
}: {
  verification: LogVerification;
  read: ReadObject;
}): MoveCheck {
  const folders = new Map<string, Stretch>();
  const months = new Map<string, Stretch>();
  let last: BatchName | undefined;

  function tell(position: number | null, place: string, message: string): void {
    verification.addProblem({ kind: 'index', position, place, message });
  }

  async function readText(id: string): Promise<string> {
    return /^0+$/.test(id) ? '' : ((await read(id))?.content.toString() ?? '');
  }

  /** The lines that were added at the end; undefined where something else was done. */
  async function readAdded({ from, to }: HistoryChange): Promise<string | undefined> {
    const [before, after] = await Promise.all([readText(from), readText(to)]);
    return after.startsWith(before) ? after.slice(before.length) : undefined;
  }

  async function findSealed(entry: HistoryEntry, change: HistoryChange): Promise<string[]> {
    const month = change.path.split('/')[1] ?? '';
    const added = await readAdded(change);
    const sealed = added === undefined ? undefined : parseSealed(month, Buffer.from(added));
    if (!sealed) tell(null, change.path, 'it was changed otherwise than by adding to it');
    for (const folder of sealed ?? []) await checkSealed(entry, change.path, folder);
    return (sealed ?? []).map(({ name }) => name);
  }

  async function checkSealed({ parents }: HistoryEntry, place: string, folder: LogFolder): Promise<void> {
    const { name, tree, first, end, times } = folder;
    const known = folders.get(name);
    const there = await read(`${parents[0]}:log/${name}`);
    const isSame =
      known !== undefined &&
      there?.id === tree &&
      known.first === first &&
      known.last.position === end - 1 &&
      String(known.times) === String(times);
    if (!isSame) tell(first, place, `folder ${name} is not what it was when it was complete`);
    folders.delete(name);
  }

  async function findArchived(entry: HistoryEntry, change: HistoryChange): Promise<string[]> {
    const parts = await readParts(change);
    if (!parts) {
      tell(null, MANIFEST, 'it was changed otherwise than by adding to it, or cannot be read');
      return [];
    }
    for (const part of parts) {
      const { month, first, last: end, prevHash, hash } = part;
      const known = months.get(month);
      if (!known && entry.parents.length === 0)
        verification.skip({ first, firstPrevHash: prevHash, last: { position: end, hash } }, MANIFEST);
      else if (!known || !isPart(part, known))
        tell(first, MANIFEST, `${month} is not what stood in the log up to then`);
      months.delete(month);
    }
    return parts.map(({ month }) => month);
  }

  async function readParts(change: HistoryChange): Promise<ArchivedPart[] | undefined> {
    try {
      const [before, after] = await Promise.all([readText(change.from), readText(change.to)]);
      const known = parseManifest(before);
      const all = parseManifest(after);
      const isKept = known.every((part, index) => toCanonical(part) === toCanonical(all[index]));
      return isKept ? all.slice(known.length) : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    pass(batch) {
      const before = last;
      last = batch;
      if (!before || batch.month > before.month) return batch.number === 0;
      return batch.month === before.month && batch.number === before.number + 1;
    },
    addBatch(batch, events) {
      extend(folders, toFolderName(batch), batch, events);
      extend(months, batch.month, batch, events);
    },
    async take(entry) {
      const gone: string[] = [];
      const lists = entry.changes.filter(({ path, status }) => isSealList(path) && status !== 'D');
      for (const change of lists) gone.push(...(await findSealed(entry, change)));
      const manifest = entry.changes.find(({ path }) => path === MANIFEST);
      if (manifest) gone.push(...(await findArchived(entry, manifest)));
      const isTaken = ({ path, status }: HistoryChange) =>
        status === 'D' && gone.some((name) => path.startsWith(`log/${name}/`));
      return new Set(entry.changes.filter(isTaken).map(({ path }) => path));
    },
  };
}

function extend(
  stretches: Map<string, Stretch>,
  name: string,
  { first }: BatchName,
  { times, prevHash, last }: { times: TimeRange; prevHash: string; last: LogHead },
): void {
  const before = stretches.get(name);
  stretches.set(name, {
    first: before?.first ?? first,
    prevHash: before?.prevHash ?? prevHash,
    last: { position: last.position, hash: last.hash },
    times: unite(before?.times, times),
  });
}

function isPart(part: ArchivedPart, { first, prevHash, last }: Stretch): boolean {
  return (
    part.first === first &&
    part.prevHash === prevHash &&
    part.last === last.position &&
    part.hash === last.hash
  );
}

export function isSealList(path: string): boolean {
  return (
    path.endsWith(`/${SEALED_FILE}`) && parseBatchPath(path) === undefined && path.split('/').length === 3
  );
}
