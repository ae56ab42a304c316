import { TammaError } from '../core/errors.ts';
import type { ArchivedPart, ArchiveFiles } from '../ports/log-archive.ts';
import { toLimit } from './keep-content.ts';
import type { Runtime } from './runtime.ts';

export type CompactOptions = {
  /** Archive the months before this one, in place of what the configuration says. */
  before?: string | undefined;
  files?: ArchiveFiles | undefined;
  dryRun?: boolean | undefined;
};

type Months = readonly { month: string; first: number; last: number }[];

export type CompactReport = {
  content: { place: string; before: string; deleted: number };
  /** Null: months are not archived, by configuration or because this log has no archive. */
  archive: { before: string; place: string | null; planned: Months; moved: readonly ArchivedPart[] } | null;
};

/**
 * Deletes kept content whose time is over, and moves old months of the log elsewhere. Nothing that was anchored changes.
 * May be repeated. A dry run deletes and moves nothing.
 */
export async function compact(
  runtime: Pick<Runtime, 'config' | 'clock' | 'content' | 'store'>,
  { before: asked, files, dryRun = false }: CompactOptions,
): Promise<CompactReport> {
  const { config, clock, content, store } = runtime;
  const now = clock.now();
  const limit = toLimit(now, config.events.content.retentionDays);
  const before = asked ?? toMonthBefore(now, config.events.archive.afterMonths);
  if (before !== null && !files && !dryRun) throw toHomeless();
  const deleted = dryRun ? await countBefore(content, limit) : await content.prune(limit);
  const about = { place: content.place, before: limit.toISOString(), deleted };
  if (before === null || !store.archive) return { content: about, archive: null };
  const planned = await store.archive.plan(before);
  const moved = dryRun || !files ? [] : await store.archive.move({ before, files });
  return { content: about, archive: { before, place: files?.place ?? null, planned, moved } };
}

/** The first month that stays; null where none goes. */
export function toMonthBefore(now: Date, afterMonths: number | null): string | null {
  if (afterMonths === null) return null;
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - afterMonths, 1))
    .toISOString()
    .slice(0, 7);
}

async function countBefore(content: Runtime['content'], limit: Date): Promise<number> {
  let count = 0;
  for await (const { storedAt } of content.list()) if (Date.parse(storedAt) < limit.getTime()) count += 1;
  return count;
}

function toHomeless(): TammaError {
  return new TammaError('USAGE', 'there is no folder to archive months of the log in', {
    help: 'Name one with --archive DIR or TAMMA_ARCHIVE_DIR, or take events.archive.afterMonths out of the configuration.',
  });
}
