import { GENESIS, type LogHead } from '../../core/events/chain.ts';
import type { LogVerification } from '../../core/events/verification.ts';
import { parseBatchPath } from './layout.ts';
import type { GitObject } from './log-backend.ts';
import { toTimeRange } from './times.ts';
import { compareFile, verifyFile } from './verify-file.ts';
import { type HistoryChange, type HistoryEntry, parseClaims } from './verify-history.ts';
import type { ExpectedIndex } from './verify-index.ts';
import { createMoveCheck, isSealList } from './verify-moves.ts';

/** An object of the branch by its id or as `<commit>:<path>`; undefined where it is missing or damaged. */
export type ReadObject = (name: string) => Promise<GitObject | undefined>;

export type CommitCheck = {
  /** The next commit, oldest first. `contents`: of the files it added to `log/`, by id. */
  add(entry: HistoryEntry, contents: ReadonlyMap<string, Buffer>): Promise<void>;
  finish(): Promise<void>;
};

export type CommitCheckParts = { verification: LogVerification; expected: ExpectedIndex; read: ReadObject };

/** A file of the log that was changed after it had been written, or is gone. */
type ChangedFile = { first: number; original: string; current: string };

/**
 * Whether the log came to be by appends alone: linear, every file added once, in its place, and never touched, by commits
 * of ours that say what is in them. The lines of each file are verified as it was added.
 */
export function createCommitCheck({ verification, expected, read }: CommitCheckParts): CommitCheck {
  const moves = createMoveCheck({ verification, read });
  const changed = new Map<string, ChangedFile>();
  let previous: string | undefined;
  let head: LogHead = GENESIS;

  function tell(entry: HistoryEntry, position: number | null, message: string): void {
    const place = `commit ${entry.commit} by ${entry.author}`;
    verification.addProblem({ kind: 'foreign', position, place, message });
  }

  function checkParents(entry: HistoryEntry): void {
    const [parent, ...others] = entry.parents;
    if (others.length > 0) tell(entry, null, 'a merge: the log is linear');
    else if (previous !== undefined && parent !== previous)
      tell(entry, null, parent ? 'a branch of its own: the log is linear' : 'a second beginning of the log');
    previous = entry.commit;
  }

  /** Answers with whether all of it could be read. */
  function addFile(
    entry: HistoryEntry,
    { path, to: id }: HistoryChange,
    contents: ReadonlyMap<string, Buffer>,
  ): boolean {
    const batch = parseBatchPath(path);
    if (!batch) return false;
    const { events, isWhole } = verifyFile(verification, {
      path,
      first: batch.first,
      content: contents.get(id),
    });
    const isNext = moves.pass(batch);
    const [first, last] = [events[0], events.at(-1)];
    if (!first || !last) return false;
    if (first.position !== batch.first || !isNext)
      tell(entry, batch.first, `${path} is not the name of what is in it, or not the next one`);
    const times = toTimeRange(events);
    const indexed = { name: batch.name, id, first: batch.first, count: events.length, times };
    expected.add(indexed, events);
    moves.addBatch(batch, { times, prevHash: first.prevHash, last });
    head = { position: last.position, hash: last.hash };
    return isWhole;
  }

  function addChange({ path, from, to }: HistoryChange): void {
    const first = parseBatchPath(path)?.first ?? 0;
    const file = changed.get(path) ?? { first, original: from, current: to };
    file.current = to;
    changed.set(path, file);
  }

  return {
    async add(entry, contents) {
      checkParents(entry);
      const claims = parseClaims(entry.message);
      const moved = claims && (await moves.take(entry));
      const inLog = entry.changes.filter(({ path }) => isInLog(path) && !moved?.has(path));
      const isNew = ({ status, path }: HistoryChange) => status === 'A' && !changed.has(path);
      const problems = verification.count();
      const touched: HistoryChange[] = [];
      let isWhole = true;
      for (const change of inLog.filter(({ path }) => !isSealList(path)).toSorted(byFirst)) {
        if (!isNew(change)) addChange(change);
        else if (isNextFile(change, head, claims !== undefined)) {
          isWhole = addFile(entry, change, contents) && isWhole;
          continue;
        }
        touched.push(change);
      }
      const where = touched.map(({ path }) => parseBatchPath(path)?.first ?? null).find((first) => first);
      if (!claims && !isHarmless(entry) && entry.parents.length < 2)
        tell(entry, where ?? null, `Tamma did not make it; it ${describeChanges(entry.changes)}`);
      else if (touched.length > 0)
        tell(entry, where ?? null, `it ${describeChanges(touched)} after it had been written`);
      if (!claims) return;
      const isSame = claims.position === head.position && claims.hash === head.hash;
      if (isWhole && !isSame && verification.count() === problems)
        tell(entry, claims.first, 'what it says of its events is not what is in them');
      if (claims.signature) verification.addSignature(claims, claims.signature, `commit ${entry.commit}`);
    },
    async finish() {
      for (const [path, file] of changed) {
        for (const problem of await findDifferences(path, file, read)) verification.addProblem(problem);
      }
    },
  };
}

async function findDifferences(path: string, { first, original, current }: ChangedFile, read: ReadObject) {
  if (current === original || first === 0) return [];
  const gone = { kind: 'removed' as const, position: first, place: path, message: 'the file is gone' };
  if (/^0+$/.test(current)) return [gone];
  const [before, after] = await Promise.all([read(original), read(current)]);
  return before && after ? compareFile(path, before.content, after.content) : [gone];
}

/** A file that stands where the log goes on. What an append of ours added is looked at wherever it stands. */
function isNextFile({ path }: HistoryChange, head: LogHead, isOurs: boolean): boolean {
  const batch = parseBatchPath(path);
  return batch !== undefined && (isOurs || batch.first === head.position + 1);
}

/**
 * A commit of somebody else that touched what is compared with the log anyway, or explains it: caches are mended by the
 * next append, and what was wrong with them is over then.
 */
function isHarmless({ changes }: HistoryEntry): boolean {
  const harmless = /^(?:README\.md$|head\.json$|state\/|snap\/)/;
  return changes.length > 0 && changes.every(({ path }) => harmless.test(path));
}

function isInLog(path: string): boolean {
  return path.startsWith('log/');
}

function byFirst(a: HistoryChange, b: HistoryChange): number {
  return (parseBatchPath(a.path)?.first ?? 0) - (parseBatchPath(b.path)?.first ?? 0);
}

const VERBS: Readonly<Record<string, string>> = { A: 'added', D: 'removed' };

/** The first of what it did, those in `log/` before others. */
function describeChanges(changes: readonly HistoryChange[]): string {
  if (changes.length === 0) return 'changed nothing';
  const sorted = changes.toSorted((a, b) => Number(isInLog(b.path)) - Number(isInLog(a.path)));
  const named = sorted.slice(0, 3).map(({ status, path }) => `${VERBS[status] ?? 'changed'} ${path}`);
  const rest = changes.length - named.length;
  return `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
