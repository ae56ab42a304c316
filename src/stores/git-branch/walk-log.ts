import { formatOf, parseTree, type RawTreeEntry } from '../../lib/git-object-format.ts';
import type { BranchObjects } from './branch-objects.ts';
import { parseSealed, SEALED_FILE } from './folders.ts';

/** A folder that left the tree when it was complete. */
export type SealedTree = { tree: string };

/** A file under `log/`, whoever wrote it. `problem`: why it is none of the log's. */
export type LogFile = { path: string; id: string; content: Buffer | undefined; problem?: string };

/**
 * Every file of the log, ascending by the numbers in the names, those of folders that stand in no tree any more in their
 * place. `sealed` collects what the lists say of these.
 */
export async function* walkLog(
  objects: BranchObjects,
  root: string,
  sealed: Map<string, SealedTree>,
): AsyncGenerator<LogFile> {
  const log = await objects.resolve(root, 'log');
  for (const month of byNumber((await objects.list(log?.id)) ?? [])) {
    const path = `log/${month.name}`;
    if (month.mode !== '40000') yield { path, id: month.id, content: undefined, problem: FOREIGN };
    else yield* walkMonth(objects, { path, tree: month.id, month: month.name }, sealed);
  }
}

const FOREIGN = 'Tamma did not write this file';

async function* walkMonth(
  objects: BranchObjects,
  { path, tree, month }: { path: string; tree: string; month: string },
  sealed: Map<string, SealedTree>,
): AsyncGenerator<LogFile> {
  const entries = (await objects.list(tree)) ?? [];
  const list = entries.find(({ name }) => name === SEALED_FILE);
  const content = list && (await objects.find(list.id))?.content;
  const folders = content ? parseSealed(month, content) : [];
  if (!folders || (list && !content)) {
    yield { path: `${path}/${SEALED_FILE}`, id: list?.id ?? '', content, problem: 'the list cannot be read' };
  }
  for (const folder of folders ?? []) sealed.set(`log/${folder.name}`, { tree: folder.tree });
  const all = [
    ...(folders ?? []).map((folder) => ({ mode: '40000', name: folder.name.slice(8), id: folder.tree })),
    ...entries.filter(({ name }) => name !== SEALED_FILE),
  ];
  for (const entry of byNumber(all)) {
    if (entry.mode === '40000') yield* walkFolder(objects, `${path}/${entry.name}`, entry.id);
    else yield { path: `${path}/${entry.name}`, id: entry.id, content: undefined, problem: FOREIGN };
  }
}

async function* walkFolder(objects: BranchObjects, path: string, tree: string): AsyncGenerator<LogFile> {
  const found = await objects.readBelow([tree]);
  const object = found.get(tree) ?? (await objects.find(tree));
  if (object?.type !== 'tree') {
    yield { path, id: tree, content: undefined, problem: 'the folder cannot be read' };
    return;
  }
  for (const { mode, name, id } of byNumber(parseTree(object.content, formatOf(tree)))) {
    const inner = `${path}/${name}`;
    if (mode === '40000') yield* walkFolder(objects, inner, id);
    else yield { path: inner, id, content: (found.get(id) ?? (await objects.find(id)))?.content };
  }
}

const numeric = new Intl.Collator('en', { numeric: true });

/** Names are made of numbers: 100 comes after 99. */
function byNumber(entries: readonly RawTreeEntry[]): RawTreeEntry[] {
  return entries.toSorted((a, b) => numeric.compare(a.name, b.name));
}
