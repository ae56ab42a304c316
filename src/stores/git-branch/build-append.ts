import type { LoggedEvent } from '../../core/events/event.ts';
import type { SignHead } from '../../core/events/head-signature.ts';
import { toLine } from '../../core/events/line.ts';
import type { ObjectFormat } from '../../lib/git-object-format.ts';
import type { TreeChange } from '../../lib/git-tree-edit.ts';
import type { BranchObjects } from './branch-objects.ts';
import { toCommitMessage } from './commit-message.ts';
import { type IndexChanges, rebuildIndex, updateIndex } from './edit-index.ts';
import type { IndexedBatch } from './issue-index.ts';
import {
  FORMAT,
  type HeadFile,
  parseFormatFile,
  README,
  toBatchName,
  toBatchPath,
  toFolderName,
  toFormatFile,
  toJsonFile,
  toMonth,
} from './layout.ts';
import type { BranchMove, ParkedRef } from './log-backend.ts';
import { type Build, createBuild, file } from './new-objects.ts';
import { sealFolder } from './seal-folder.ts';
import { toTimeRange, unite } from './times.ts';
import { findTrees, type Tip } from './tip.ts';

export type AppendPlan = {
  objects: BranchObjects;
  tip: Tip;
  /** Linked to the tip's head, each batch at least one event; no more of them than `roomInFolder` says. */
  batches: readonly (readonly LoggedEvent[])[];
  now: Date;
  appendId: string;
  identity: { name: string; email: string };
  format: ObjectFormat;
  /** A name for a log that has none yet. */
  newId(): string;
  sign?: SignHead | undefined;
  /** Caches that are written along, by path. */
  files?: ReadonlyMap<string, string | null>;
  /** Parked batches among these. */
  taken?: readonly ParkedRef[];
};

export type BuiltAppend = { move: BranchMove; tip: Tip };

/** So many batches go into the folder that is written to; what does not fit needs a commit of its own. */
export function roomInFolder(tip: Tip, now: Date): number {
  const { number } = nextPlace(tip, now);
  return 100 - (number % 100);
}

function nextPlace(tip: Tip, now: Date): { month: string; number: number } {
  const month = toMonth(now, tip.month);
  return { month, number: month === tip.month ? tip.number + 1 : 0 };
}

/** The commit that appends these events, in memory: nothing is written yet. `tip` is the log as it will be then. */
export async function buildAppend(plan: AppendPlan): Promise<BuiltAppend> {
  const { objects, tip, now, taken = [] } = plan;
  const build = createBuild(plan.format);
  const place = nextPlace(tip, now);
  const batches = plan.batches.map((events, offset) => {
    const name = toBatchName({ ...place, number: place.number + offset, first: events[0]?.position ?? 0 });
    const id = build.add('blob', events.map((event) => `${toLine(event)}\n`).join(''));
    return { name, id, events };
  });
  const isNewFolder = tip.commit !== null && toFolderName(place) !== toFolderName(tip);
  const written = plan.batches.flat();
  const folder = unite(isNewFolder ? undefined : tip.folder, toTimeRange(written));
  const last = written.at(-1);
  if (!last) throw new Error('an append has at least one event');
  const number = place.number + batches.length - 1;

  const index = await indexBatches(plan, build, batches.map(toIndexed));
  const state = await build.edit(objects, index.base, index.changes);
  const log = new Map<string, TreeChange>(batches.map(({ name, id }) => [toBatchPath(name), file(id)]));
  if (isNewFolder) await sealFolder({ objects, tip, build, changes: log });
  const headFile: HeadFile = {
    v: 2,
    position: last.position,
    hash: last.hash,
    month: place.month,
    number,
    index: state ?? null,
    folder: [...folder],
  };
  const changes = new Map<string, TreeChange>([
    ...(await beginLog(plan, build)),
    ...[...(plan.files ?? [])].map(([path, text]): [string, TreeChange] => [
      path,
      text === null ? null : file(build.add('blob', text)),
    ]),
    ...log,
    ['head.json', file(build.add('blob', toJsonFile(headFile)))],
    ['state', state ? { type: 'tree', id: state } : null],
  ]);
  const root = (await build.edit(objects, tip.root, changes)) ?? '';
  objects.keep(build.objects);
  const trees = await findTrees(objects, root, { ...place, number });
  const repository = plan.sign ? await findRepository(objects, root) : undefined;
  const head = { position: last.position, hash: last.hash };
  const message = toCommitMessage({
    last,
    first: written[0]?.position ?? 0,
    events: written.length,
    ...place,
    number,
    appendId: plan.appendId,
    trees,
    folder,
    signature: repository === undefined ? undefined : plan.sign?.({ ...head, repository }),
  });
  const commit = build.add('commit', toCommit(plan, root, message));
  return {
    move: {
      from: tip.commit,
      to: commit,
      objects: build.objects,
      changes: expand(changes, index.changes),
      message,
      taken,
    },
    tip: { commit, root, head, month: place.month, number, trees, folder, isIndexed: true, format: FORMAT },
  };
}

/** The whole folder `state/` as its parts: who sends files sends those. */
function expand(
  changes: ReadonlyMap<string, TreeChange>,
  index: ReadonlyMap<string, TreeChange>,
): Map<string, TreeChange> {
  const parts = new Map(changes);
  parts.delete('state');
  for (const [path, change] of index) parts.set(`state/${path}`, change);
  return parts;
}

function toIndexed({ name, id, events }: { name: string; id: string; events: readonly LoggedEvent[] }): {
  batch: IndexedBatch;
  events: readonly LoggedEvent[];
} {
  const first = events[0]?.position ?? 0;
  return { batch: { name, id, first, count: events.length, times: toTimeRange(events) }, events };
}

async function indexBatches(
  { objects, tip }: AppendPlan,
  build: Build,
  batches: readonly { batch: IndexedBatch; events: readonly LoggedEvent[] }[],
): Promise<IndexChanges> {
  const target = { objects, tip, build, batches };
  return (await updateIndex(target)) ?? (await rebuildIndex(target));
}

/** What a log begins with, and what one of an older format lacks. */
async function beginLog(
  { objects, tip, now, newId }: AppendPlan,
  build: Build,
): Promise<[string, TreeChange][]> {
  if (tip.commit !== null && tip.format === FORMAT) return [];
  const before = tip.root && (await objects.findFile(tip.root, 'format.json'));
  const createdAt = new Date((before && parseFormatFile(before)?.createdAt) || now);
  return [
    ['README.md', file(build.add('blob', README))],
    ['format.json', file(build.add('blob', toFormatFile(createdAt, newId())))],
  ];
}

export async function findRepository(objects: BranchObjects, root: string): Promise<string | undefined> {
  const content = await objects.findFile(root, 'format.json');
  return content && parseFormatFile(content)?.repository;
}

export function toCommit(
  { tip, now, identity }: Pick<AppendPlan, 'tip' | 'now' | 'identity'>,
  tree: string,
  message: string,
): string {
  const who = `${identity.name} <${identity.email}> ${Math.floor(now.getTime() / 1000)} +0000`;
  return [
    `tree ${tree}`,
    ...(tip.commit === null ? [] : [`parent ${tip.commit}`]),
    `author ${who}`,
    `committer ${who}`,
    '',
    message,
  ].join('\n');
}
