import { TammaError } from '../../core/errors.ts';
import { GENESIS, type LogHead } from '../../core/events/chain.ts';
import type { BranchObjects } from './branch-objects.ts';
import { parseCommit, parseCommitHeader, type TreeName } from './commit-message.ts';
import { FORMAT, parseFormatFile, parseHeadFile, toFolderName } from './layout.ts';
import type { GitObject } from './log-backend.ts';
import type { TimeRange } from './times.ts';

/** The log as it stands in one commit: everything an append or a read has to know before it looks further. */
export type Tip = {
  /** Null: there is no log yet. */
  commit: string | null;
  /** Its tree. */
  root: string | undefined;
  head: LogHead;
  /** Of the last append; an empty log has no month and the number -1. */
  month: string;
  number: number;
  trees: Readonly<Partial<Record<TreeName, string>>>;
  /** Of the events in the folder that is written to, where it is known. */
  folder: TimeRange | undefined;
  /** False: `state/` is not what the last append left, so nobody may rely on it. */
  isIndexed: boolean;
  format: number;
};

export const EMPTY: Tip = {
  commit: null,
  root: undefined,
  head: GENESIS,
  month: '',
  number: -1,
  trees: {},
  folder: undefined,
  isIndexed: true,
  format: FORMAT,
};

/**
 * The message of a commit of ours says all of it. On top of anybody else's commit the files of the branch are asked.
 * Throws LOG_CORRUPT where the branch holds something else than a log.
 */
export async function openTip(objects: BranchObjects, commit: string, place: string): Promise<Tip> {
  const object = await objects.find(commit);
  if (object?.type !== 'commit') {
    throw new TammaError('LOG_CORRUPT', `Commit ${commit} of ${place} cannot be read.`, {
      help: 'Run `git fsck` there; restore the branch from a clone that verifies.',
    });
  }
  const { tree, message } = parseCommit(object.content);
  const header = parseCommitHeader(message);
  if (!header) return await openFiles(objects, { commit, root: tree, place });
  const { position, hash, month, number, trees, folder } = header;
  return {
    commit,
    root: tree,
    head: { position, hash },
    month,
    number,
    trees,
    folder,
    isIndexed: true,
    format: FORMAT,
  };
}

type Place = { commit: string; root: string; place: string };

async function openFiles(objects: BranchObjects, { commit, root, place }: Place): Promise<Tip> {
  const [format, head] = await Promise.all([
    objects.findFile(root, 'format.json'),
    objects.findFile(root, 'head.json'),
  ]);
  const version = format && parseFormatFile(format)?.format;
  if (version !== undefined && version > FORMAT) {
    throw new TammaError('LOG_CORRUPT', `The log has format ${version}; this Tamma reads up to ${FORMAT}.`, {
      help: 'Use the newer version of Tamma that wrote it.',
    });
  }
  const file = head && parseHeadFile(head);
  if (!file || version === undefined) {
    const missing = version === undefined ? 'format.json' : 'head.json';
    throw new TammaError(
      'LOG_CORRUPT',
      `${place} is no log of Tamma at commit ${commit}: ${missing} is missing or damaged.`,
    );
  }
  const { position, hash, month, number, index, folder } = file;
  const trees = await findTrees(objects, root, { month, number });
  const own = await findOwnTrees(objects, commit);
  const isIndexed =
    version > 1 && index === (trees.state ?? null) && (own === undefined || own.log === trees.log);
  return {
    commit,
    root,
    head: { position, hash },
    month,
    number,
    trees,
    folder,
    isIndexed,
    format: version,
  };
}

/** So many commits of others on top of ours are looked through. */
const FOREIGN_COMMITS = 20;

/** What the newest commit of ours left: whoever changed `log/` since then must not be hidden by the index. */
async function findOwnTrees(objects: BranchObjects, commit: string): Promise<Tip['trees'] | undefined> {
  let current: string | undefined = commit;
  for (let count = 0; current !== undefined && count < FOREIGN_COMMITS; count += 1) {
    const object: GitObject | undefined = await objects.find(current);
    if (object?.type !== 'commit') return undefined;
    const { message, parent }: ReturnType<typeof parseCommit> = parseCommit(object.content);
    const header = parseCommitHeader(message);
    if (header) return header.trees;
    current = parent;
  }
  return undefined;
}

/** Ids of the folders that the next reader or append needs first. */
export async function findTrees(
  objects: BranchObjects,
  root: string,
  place: { month: string; number: number },
): Promise<Partial<Record<TreeName, string>>> {
  const paths: Record<TreeName, string> = {
    log: 'log',
    month: `log/${place.month}`,
    folder: `log/${toFolderName(place)}`,
    state: 'state',
    cold: 'state/cold',
  };
  const trees: Partial<Record<TreeName, string>> = {};
  for (const [name, path] of Object.entries(paths) as [TreeName, string][]) {
    const entry = await objects.resolve(root, path);
    if (entry?.mode === '40000') trees[name] = entry.id;
  }
  return trees;
}

/**
 * Throws LOG_CORRUPT unless `to` comes after `from`: a branch that is only ever appended to cannot lose what it held.
 * Costs one look at each commit in between.
 */
export async function checkDescends(
  objects: BranchObjects,
  { from, to, place }: { from: string; to: string | null; place: string },
): Promise<void> {
  let current = to ?? undefined;
  while (current !== undefined && current !== from) {
    const object = await objects.find(current);
    current = object?.type === 'commit' ? parseCommit(object.content).parent : undefined;
  }
  if (current === from) return;
  throw toRewritten(place, from, to);
}

export function toRewritten(place: string, from: string, to: string | null, details = {}): TammaError {
  const now = to === null ? 'is gone' : `was rewritten: it is at ${to}, which does not follow from ${from}`;
  return new TammaError('LOG_CORRUPT', `The history of ${place} ${now}.`, {
    help: `Restore the branch from a clone that still has ${from}; \`tamma events verify\` then checks it. How to go on from an older copy: docs/log-integrity.md.`,
    details: { from, to, ...details },
  });
}
