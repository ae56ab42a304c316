import { TammaError } from '../../core/errors.ts';
import { type ArchivedPart, parseManifest, sealOf } from '../../core/events/archived-part.ts';
import type { LogHead } from '../../core/events/chain.ts';
import type { ArchiveFiles } from '../../ports/log-archive.ts';
import { readPart, toArchived } from '../archive/part-file.ts';
import type { BranchObjects } from './branch-objects.ts';
import type { LoadedBatch } from './load-batches.ts';
import { openTip, type Tip } from './tip.ts';

/** What the branch remembers of the months that were moved elsewhere. */
export const MANIFEST = 'archive/manifest.ndjson';

/** Throws LOG_CORRUPT where the manifest cannot be read. */
export async function listArchived(
  objects: BranchObjects,
  root: string | undefined,
): Promise<ArchivedPart[]> {
  const content = root && (await objects.findFile(root, MANIFEST));
  if (!content) return [];
  try {
    return parseManifest(content.toString());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TammaError('LOG_CORRUPT', `The log is damaged: ${MANIFEST}: ${reason}`, {
      details: { place: MANIFEST, reason },
    });
  }
}

/** The same of a commit. */
export async function listArchivedAt(
  objects: BranchObjects,
  commit: string | null,
  place: string,
): Promise<ArchivedPart[]> {
  return commit === null ? [] : listArchived(objects, (await openTip(objects, commit, place)).root);
}

export async function findSeal(objects: BranchObjects, tip: Pick<Tip, 'root'>): Promise<LogHead> {
  return sealOf(await listArchived(objects, tip.root));
}

/** So many lines are handed on at once. */
const LINES = 500;

/** A part of the archive as if it were batches. Throws LOG_ARCHIVED where its file is not at hand. */
export async function* loadArchived(
  files: ArchiveFiles | undefined,
  part: ArchivedPart,
  { backwards = false }: { backwards?: boolean } = {},
): AsyncGenerator<LoadedBatch> {
  if (!files) throw toArchived(part);
  if (!backwards) {
    yield* toBatches(files, part);
    return;
  }
  const batches: LoadedBatch[] = [];
  for await (const batch of toBatches(files, part)) batches.push(batch);
  yield* batches.reverse();
}

async function* toBatches(files: ArchiveFiles, part: ArchivedPart): AsyncGenerator<LoadedBatch> {
  let lines: string[] = [];
  let first = part.first;
  const take = (): LoadedBatch => {
    const content = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const batch = {
      name: part.name,
      place: `archive/${part.name}`,
      id: '',
      first,
      count: lines.length,
      content,
    };
    first += lines.length;
    lines = [];
    return batch;
  };
  for await (const { line } of readPart(files, part)) {
    lines.push(line);
    if (lines.length === LINES) yield take();
  }
  if (lines.length > 0) yield take();
}
