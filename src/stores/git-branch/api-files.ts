import { formatOf, parseTree } from '../../lib/git-object-format.ts';
import type { TreeChange } from '../../lib/git-tree-edit.ts';
import { parseCommit } from './commit-message.ts';
import type { BranchMove, GitObject } from './log-backend.ts';

type Read = (ids: readonly string[]) => Promise<Map<string, GitObject>>;
type Files = Map<string, Uint8Array | null>;

/** The changes of a move as whole files: an API knows no trees, and refuses to delete what is not there. */
export async function toApiFiles(move: BranchMove, readThere: Read): Promise<Files> {
  const ours = new Map(move.objects.map((object) => [object.id, object]));
  const read = async (id: string) => ours.get(id) ?? (await readThere([id])).get(id);
  const from = move.from;
  const files: Files = new Map();
  for (const [path, change] of move.changes) {
    // Only a file takes the place of a file, so nobody needs to look.
    const mayReplace = from !== null && change?.type !== 'blob';
    const old = mayReplace ? await findAt(await findTree(from, read), path, read) : null;
    const wanted = await listFiles(path, change, read);
    for (const name of await listNames(path, old, read)) if (!wanted.has(name)) files.set(name, null);
    for (const [name, content] of wanted) files.set(name, content);
  }
  return files;
}

type ReadOne = (id: string) => Promise<Pick<GitObject, 'type' | 'content'> | undefined>;

async function findTree(commit: string, read: ReadOne): Promise<string> {
  const object = await read(commit);
  if (object?.type !== 'commit') throw new Error(`there is no commit ${commit}`);
  return parseCommit(object.content).tree;
}

async function listTree(tree: string, read: ReadOne) {
  const object = await read(tree);
  return object?.type === 'tree' ? parseTree(object.content, formatOf(tree)) : [];
}

async function findAt(tree: string, path: string, read: ReadOne): Promise<TreeChange> {
  const [name, ...rest] = path.split('/');
  const entry = (await listTree(tree, read)).find((one) => one.name === name);
  if (!entry) return null;
  if (rest.length > 0) return entry.mode === '40000' ? findAt(entry.id, rest.join('/'), read) : null;
  return { type: entry.mode === '40000' ? 'tree' : 'blob', id: entry.id };
}

/** Everything that stands at a path afterwards, with content. */
async function listFiles(path: string, change: TreeChange, read: ReadOne): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  if (change?.type === 'blob') {
    const object = await read(change.id);
    if (object?.type !== 'blob') throw new Error(`there is no file ${change.id}`);
    return files.set(path, object.content);
  }
  for (const entry of change ? await listTree(change.id, read) : []) {
    const inner = await listFiles(`${path}/${entry.name}`, toChange(entry), read);
    for (const [name, content] of inner) files.set(name, content);
  }
  return files;
}

/** The same without content, for what was there before. */
async function listNames(path: string, change: TreeChange, read: ReadOne): Promise<string[]> {
  if (!change) return [];
  if (change.type === 'blob') return [path];
  const entries = await listTree(change.id, read);
  const inner = await Promise.all(
    entries.map((entry) => listNames(`${path}/${entry.name}`, toChange(entry), read)),
  );
  return inner.flat();
}

function toChange({ mode, id }: { mode: string; id: string }): TreeChange {
  return { type: mode === '40000' ? 'tree' : 'blob', id };
}
