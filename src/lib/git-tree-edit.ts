import {
  createTree,
  type NewObject,
  type ObjectFormat,
  parseTree,
  type RawTreeEntry,
} from './git-object-format.ts';

/** What stands at a path afterwards: a file or a whole folder by its id, or nothing. */
export type TreeChange = { type: 'blob' | 'tree'; id: string } | null;

export type TreeEdit = {
  /** Undefined: there is nothing yet. */
  tree: string | undefined;
  changes: ReadonlyMap<string, TreeChange>;
  format: ObjectFormat;
  /** The content of a tree that is not new. */
  readTree(id: string): Promise<Buffer>;
};

/** `tree` is undefined where nothing is left. `objects`: the trees that are new, on the paths of the changes only. */
export type EditedTree = { tree: string | undefined; objects: NewObject[] };

/** A tree with some paths changed, without index, work tree or process. A folder that becomes empty is left out. */
export async function editTree({ tree, changes, format, readTree }: TreeEdit): Promise<EditedTree> {
  const before = tree ? parseTree(await readTree(tree), format) : [];
  const entries = new Map<string, RawTreeEntry>(before.map((entry) => [entry.name, entry]));
  const objects: NewObject[] = [];
  for (const [name, inner] of groupByFirstName(changes)) {
    const whole = inner.get('');
    if (whole !== undefined) {
      setEntry(entries, name, whole);
      continue;
    }
    const old = entries.get(name);
    const folder = old?.mode === '40000' ? old.id : undefined;
    const edited = await editTree({ tree: folder, changes: inner, format, readTree });
    objects.push(...edited.objects);
    setEntry(entries, name, edited.tree ? { type: 'tree', id: edited.tree } : null);
  }
  if (entries.size === 0) return { tree: undefined, objects };
  const created = createTree([...entries.values()], format);
  return { tree: created.id, objects: [...objects, created] };
}

function setEntry(entries: Map<string, RawTreeEntry>, name: string, change: TreeChange): void {
  if (change) entries.set(name, { mode: change.type === 'tree' ? '40000' : '100644', name, id: change.id });
  else entries.delete(name);
}

/** `a/b` and `a/c` become `a` → { b, c }; a change of `a` itself stands under the empty name. */
function groupByFirstName(changes: ReadonlyMap<string, TreeChange>): Map<string, Map<string, TreeChange>> {
  const groups = new Map<string, Map<string, TreeChange>>();
  for (const [path, change] of changes) {
    const [name = '', ...rest] = path.split('/');
    const group = groups.get(name) ?? new Map<string, TreeChange>();
    group.set(rest.join('/'), change);
    groups.set(name, group);
  }
  return groups;
}
