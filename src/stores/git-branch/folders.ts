import { z } from 'zod';
import { TammaError } from '../../core/errors.ts';
import type { ArchivedPart } from '../../core/events/archived-part.ts';
import { listArchived } from './archived.ts';
import type { BranchObjects } from './branch-objects.ts';
import { parseBatchPath, toFolderName } from './layout.ts';
import { overlaps, type TimeRange } from './times.ts';
import type { Tip } from './tip.ts';

/** A folder of `log/` with up to a hundred batches. `end` is the position after its last event. */
export type LogFolder = {
  /** `2026-11/00` */
  name: string;
  tree: string;
  first: number;
  end: number;
  times: TimeRange | undefined;
  /** It stands in the archive and no longer here. */
  archived?: ArchivedPart;
};

export type FolderRange = { after?: number; until?: number; times?: TimeRange | undefined };

export const SEALED_FILE = 'folders.ndjson';

/** A folder that is complete and stands in no tree any more: number, tree, first position, events, earliest and latest time. */
const sealedLine = z.tuple([
  z.string().regex(/^\d{2,}$/),
  z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
  z.int().min(1),
  z.int().min(1),
  z.int().min(0),
  z.int().min(0),
]);

export function toSealedLine({ name, tree, first, end, times }: LogFolder): string {
  const [lowest, highest] = times ?? [0, Number.MAX_SAFE_INTEGER];
  return `${JSON.stringify([name.split('/')[1], tree, first, end - first, lowest, highest])}\n`;
}

/** Undefined where a line is not one of ours. */
export function parseSealed(month: string, content: Buffer): LogFolder[] | undefined {
  const folders: LogFolder[] = [];
  for (const line of content.toString().split('\n').slice(0, -1)) {
    const parsed = sealedLine.safeParse(parseJson(line)).data;
    if (!parsed) return undefined;
    const [number, tree, first, events, lowest, highest] = parsed;
    folders.push({ name: `${month}/${number}`, tree, first, end: first + events, times: [lowest, highest] });
  }
  return folders;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The folders that may hold an event of the range, ascending. Goes back from the newest month, so what is near the end
 * costs little. Throws LOG_CORRUPT where the list of a month cannot be read, or positions of the range are in no folder.
 */
export async function listFolders(
  objects: BranchObjects,
  tip: Tip,
  { after = 0, until = tip.head.position, times }: FolderRange = {},
): Promise<LogFolder[]> {
  const found: LogFolder[] = [];
  let end = tip.head.position + 1;
  for await (const { month, tree, archived } of walkMonths(objects, tip)) {
    const folders = await listMonth(objects, { tip, month, tree, end });
    for (const folder of folders.length === 0 && archived ? [toWhole(archived)] : folders) {
      if (folder.end !== end) break;
      end = folder.first;
      if (folder.end - 1 <= after) return found.reverse();
      if (folder.first <= until && overlaps(folder.times, times)) found.push(folder);
    }
  }
  if (end - 1 <= after) return found.reverse();
  const message = `The log is damaged: the folder that holds position ${end - 1} is missing.`;
  throw new TammaError('LOG_CORRUPT', message, { details: { position: end - 1, place: 'log' } });
}

type Month = { month: string; tree: string; archived?: ArchivedPart };

/** Newest first; those that were moved elsewhere come last, and are asked for only by whoever goes back so far. */
async function* walkMonths(objects: BranchObjects, tip: Tip): AsyncGenerator<Month> {
  const entries = ((await objects.list(tip.trees.log)) ?? []).filter(
    ({ name, mode }) => mode === '40000' && /^\d{4}-\d{2}$/.test(name),
  );
  for (const { name: month, id: tree } of entries.toSorted((a, b) => (a.name < b.name ? 1 : -1)))
    yield { month, tree };
  for (const archived of (await listArchived(objects, tip.root)).reverse())
    yield { month: archived.month, tree: archived.tree ?? '', archived };
}

/** A month whose tree this repository no longer has: its file in the archive is all there is. */
function toWhole(archived: ArchivedPart): LogFolder {
  const { month, first, last, times } = archived;
  return { name: month, tree: '', first, end: last + 1, times, archived };
}

type MonthPlace = { tip: Tip; month: string; tree: string; end: number };

/** Newest first. */
async function listMonth(objects: BranchObjects, place: MonthPlace): Promise<LogFolder[]> {
  const { tip, month, tree } = place;
  const entries = (await objects.list(tree)) ?? [];
  const file = entries.find(({ name }) => name === SEALED_FILE);
  const sealed = file ? await readSealed(objects, month, file.id) : [];
  const open = entries.filter(({ name, mode }) => mode === '40000' && /^\d{2,}$/.test(name));
  await objects.read(open.map(({ id }) => id));
  let end = place.end;
  const folders: LogFolder[] = [];
  for (const { name, id } of open.toSorted((a, b) => Number(b.name) - Number(a.name))) {
    const first = await findFirst(objects, `${month}/${name}`, id);
    if (first === undefined) continue;
    const isNewest = toFolderName(tip) === `${month}/${name}`;
    folders.push({
      name: `${month}/${name}`,
      tree: id,
      first,
      end,
      times: isNewest ? tip.folder : undefined,
    });
    end = first;
  }
  return [...folders, ...sealed.reverse()].sort((a, b) => b.first - a.first);
}

async function readSealed(objects: BranchObjects, month: string, id: string): Promise<LogFolder[]> {
  const content = (await objects.find(id))?.content;
  const folders = content && parseSealed(month, content);
  if (folders) return folders;
  throw new TammaError('LOG_CORRUPT', `The log is damaged: log/${month}/${SEALED_FILE} cannot be read.`, {
    details: { place: `log/${month}/${SEALED_FILE}` },
  });
}

/** The lowest position in the names of a folder; undefined where nothing in it is ours. */
export async function findFirst(
  objects: BranchObjects,
  name: string,
  tree: string,
): Promise<number | undefined> {
  const entries = (await objects.list(tree)) ?? [];
  const firsts = entries.flatMap((entry) => parseBatchPath(`log/${name}/${entry.name}`)?.first ?? []);
  return firsts.length === 0 ? undefined : Math.min(...firsts);
}
