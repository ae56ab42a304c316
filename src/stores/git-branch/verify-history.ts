import type { LogHead } from '../../core/events/chain.ts';
import type { LogProblem } from '../../core/events/verification.ts';
import type { HistoryEntry } from './log-backend.ts';

/** A file of the log as it is now, by its first position and its last event. */
export type WrittenBatch = { first: number; last: LogHead };

/** Whether the log came to be by appends alone: linear, every file added once and never touched, by commits that say so. */
export function verifyHistory(
  history: readonly HistoryEntry[],
  written: ReadonlyMap<string, WrittenBatch>,
): LogProblem[] {
  const touched = new Set(
    history.flatMap(({ changes }) => changes.flatMap(({ status, path }) => (status === 'A' ? [] : [path]))),
  );
  return history
    .toReversed()
    .flatMap((entry) => [
      ...(entry.parents.length > 1 ? [toProblem(entry, null, 'a merge: the log is linear')] : []),
      ...findTouched(entry, written),
      ...compareAdded(entry, (path) => (touched.has(path) ? undefined : written.get(path))),
    ]);
}

function findTouched(entry: HistoryEntry, written: ReadonlyMap<string, WrittenBatch>): LogProblem[] {
  const touched = entry.changes.filter(({ status, path }) => status !== 'A' && isInLog(path));
  return touched.map(({ status, path }) => {
    const what = status === 'D' ? 'removed or renamed' : 'changed';
    return toProblem(
      entry,
      written.get(path)?.first ?? null,
      `${path} was ${what} after it had been written`,
    );
  });
}

/** What a commit says about the file it added, against the file; one that cannot be read is told of elsewhere. */
function compareAdded(
  entry: HistoryEntry,
  findBatch: (path: string) => WrittenBatch | undefined,
): LogProblem[] {
  const added = entry.changes.filter(({ status, path }) => status === 'A' && isInLog(path));
  const problems =
    added.length > 1 ? [toProblem(entry, null, `${added.length} files of the log in one commit`)] : [];
  for (const { path } of added) {
    const batch = findBatch(path);
    if (!batch) continue;
    const { first, last } = batch;
    if (entry.position === `${first}-${last.position}` && entry.hash === `sha256:${last.hash}`) continue;
    problems.push(toProblem(entry, first, `${path} is not what the commit that added it says`));
  }
  return problems;
}

/** git quotes a path with control characters or quotes in it. */
function isInLog(path: string): boolean {
  return path.startsWith('log/') || path.startsWith('"log/');
}

function toProblem({ commit }: HistoryEntry, position: number | null, message: string): LogProblem {
  return { kind: 'foreign', position, place: `commit ${commit}`, message };
}
