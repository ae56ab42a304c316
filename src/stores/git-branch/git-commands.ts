import type { GitOptions } from '../../lib/git.ts';
import { git } from '../../lib/git.ts';
import { encodePack, formatOf, type NewObject } from '../../lib/git-object-format.ts';

/** Puts new objects into the object database, checked by git, each flushed to disk. */
export async function storeObjects(objects: readonly NewObject[], options: GitOptions): Promise<void> {
  const format = formatOf(objects[0]?.id ?? '');
  await git(['unpack-objects', '-q', '--strict'], { ...options, input: encodePack(objects, format) });
}
