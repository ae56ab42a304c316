import type { LogHead } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import { toLine } from '../../core/events/line.ts';
import { createObject, type NewObject, type ObjectFormat } from '../../lib/git-object-format.ts';
import { editTree, type TreeChange } from '../../lib/git-tree-edit.ts';
import { findIndex, listBatches } from './batch-files.ts';
import { addToIndex, type IssueIndex, indexBatch, issuesOf, toIndexFiles } from './issue-index.ts';
import {
  type BatchName,
  type HeadFile,
  README,
  toBatchName,
  toBatchPath,
  toCommitMessage,
  toFormatFile,
  toIndexPath,
  toJsonFile,
  toMonth,
} from './layout.ts';
import { loadInWindows } from './load-files.ts';
import type { BranchMove, LogBackend } from './log-backend.ts';
import { parseBatch } from './read-events.ts';
import type { Snapshot } from './snapshot.ts';

export type AppendPlan = {
  backend: LogBackend;
  snapshot: Snapshot;
  /** Linked to the snapshot's head; at least one. */
  events: readonly LoggedEvent[];
  now: Date;
  appendId: string;
  identity: { name: string; email: string };
  format: ObjectFormat;
};

/** The commit that appends these events, in memory: nothing is written yet. `snapshot` is the log as it will be then. */
export async function buildAppend(plan: AppendPlan): Promise<{ move: BranchMove; snapshot: Snapshot }> {
  const { backend, snapshot, events, format } = plan;
  const batch = nextBatch(plan);
  const name = toBatchName(batch);
  const build = createBuild(backend, format);

  const index = (await updateIndex(plan, name)) ?? { base: undefined, files: await rebuildIndex(plan, name) };
  const state = await build.edit(index.base, index.files);
  const head = headOf(events);
  const headFile: HeadFile = {
    v: 1,
    ...head,
    month: batch.month,
    number: batch.number,
    index: state ?? null,
  };
  const root = await build.edit(
    snapshot.commit === null ? undefined : `${snapshot.commit}^{tree}`,
    new Map<string, string | TreeChange>([
      ...(snapshot.commit === null ? genesisFiles(plan.now) : []),
      [toBatchPath(name), events.map((event) => `${toLine(event)}\n`).join('')],
      ['head.json', toJsonFile(headFile)],
      ['state', state ? { type: 'tree', id: state } : null],
    ]),
  );
  const commit = build.commit(toCommit(plan, root ?? '', batch));
  return {
    move: { from: snapshot.commit, to: commit, objects: build.objects },
    snapshot: { commit, head, month: batch.month, number: batch.number, index: state ?? null },
  };
}

function nextBatch({ snapshot, events, now }: AppendPlan): BatchName {
  const month = toMonth(now, snapshot.month);
  return {
    month,
    number: month === snapshot.month ? snapshot.number + 1 : 0,
    first: events[0]?.position ?? 0,
  };
}

function headOf(events: readonly LoggedEvent[]): LogHead {
  const last = events.at(-1);
  if (!last) throw new Error('an append has at least one event');
  return { position: last.position, hash: last.hash };
}

function genesisFiles(now: Date): [string, string][] {
  return [
    ['README.md', README],
    ['format.json', toFormatFile(now)],
  ];
}

/** Collects the objects of one append. */
function createBuild(backend: LogBackend, format: ObjectFormat) {
  const objects: NewObject[] = [];

  function add(object: NewObject): string {
    objects.push(object);
    return object.id;
  }

  async function readTree(name: string): Promise<Buffer> {
    const object = await backend.read(name);
    if (object?.type !== 'tree') throw new Error(`no tree at ${name}`);
    return object.content;
  }

  return {
    objects,
    commit: (content: string) => add(createObject('commit', content, format)),
    /** Changes given as text become files. */
    async edit(
      tree: string | undefined,
      files: ReadonlyMap<string, string | TreeChange>,
    ): Promise<string | undefined> {
      const changes = new Map<string, TreeChange>();
      for (const [path, file] of files) {
        changes.set(
          path,
          typeof file === 'string' ? { type: 'blob', id: add(createObject('blob', file, format)) } : file,
        );
      }
      const edited = await editTree({ tree, changes, format, readTree });
      objects.push(...edited.objects);
      return edited.tree;
    },
  };
}

type IndexUpdate = { base: string | undefined; files: Map<string, string | null> };

/** The index files that this batch changes; null where one moves between open and closed. Undefined: build all anew. */
async function updateIndex(
  { backend, snapshot, events }: AppendPlan,
  name: string,
): Promise<IndexUpdate | undefined> {
  if (snapshot.index === undefined) return undefined;
  const files = new Map<string, string | null>();
  for (const issue of issuesOf(events)) {
    const before = await findIndex(backend, snapshot, issue);
    if (before === 'damaged') return undefined;
    const after = addToIndex(before, issue, { name, events });
    if (before && before.closed !== after.closed) files.set(toIndexPath(issue, before.closed), null);
    for (const [path, content] of toIndexFiles([after])) files.set(path, content);
  }
  return { base: snapshot.index ?? undefined, files };
}

/** All index files, from the log itself. Throws LOG_CORRUPT: nothing is appended to a log that cannot be read. */
async function rebuildIndex(
  { backend, snapshot, events }: AppendPlan,
  name: string,
): Promise<Map<string, string>> {
  const indexes = new Map<string, IssueIndex>();
  for await (const batch of loadInWindows(backend, await listBatches(backend, snapshot))) {
    indexBatch(indexes, { name: batch.file.name, events: parseBatch(batch, snapshot.head) });
  }
  indexBatch(indexes, { name, events });
  return toIndexFiles(indexes.values());
}

function toCommit(
  { snapshot, events, now, appendId, identity }: AppendPlan,
  tree: string,
  batch: BatchName,
): string {
  const who = `${identity.name} <${identity.email}> ${Math.floor(now.getTime() / 1000)} +0000`;
  return [
    `tree ${tree}`,
    ...(snapshot.commit === null ? [] : [`parent ${snapshot.commit}`]),
    `author ${who}`,
    `committer ${who}`,
    '',
    toCommitMessage({ events, batch, appendId }),
  ].join('\n');
}
