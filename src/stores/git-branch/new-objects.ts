import { createObject, type NewObject, type ObjectFormat } from '../../lib/git-object-format.ts';
import { editTree, type TreeChange } from '../../lib/git-tree-edit.ts';
import type { BranchObjects } from './branch-objects.ts';

export function file(id: string): TreeChange {
  return { type: 'blob', id };
}

export type Build = ReturnType<typeof createBuild>;

/** Collects the objects of one append. */
export function createBuild(format: ObjectFormat) {
  const objects: NewObject[] = [];
  const ids = new Set<string>();

  /** The same object twice in one pack is an error to git. */
  function take(object: NewObject): string {
    if (!ids.has(object.id)) objects.push(object);
    ids.add(object.id);
    return object.id;
  }

  return {
    objects: objects as readonly NewObject[],
    format,
    take,
    add: (type: NewObject['type'], content: string | Buffer) => take(createObject(type, content, format)),
    async edit(
      source: BranchObjects,
      tree: string | undefined,
      changes: ReadonlyMap<string, TreeChange>,
    ): Promise<string | undefined> {
      const readTree = async (id: string) => {
        const object = await source.find(id);
        if (object?.type !== 'tree') throw new Error(`there is no tree ${id}`);
        return object.content;
      };
      const edited = await editTree({ tree, changes, format, readTree });
      edited.objects.forEach(take);
      return edited.tree;
    },
  };
}
