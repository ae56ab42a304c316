import { findEntries } from '../../lib/git-object-format.ts';
import { parseCommit } from './commit-message.ts';
import type { GitObject } from './log-backend.ts';

type ReadOne = (id: string) => Promise<GitObject | undefined>;

/** Objects by id, and what is below the trees and commits among them, but no other commits, from whoever answers many questions at once. */
export async function readWithBelow(
  readOne: ReadOne,
  ids: readonly string[],
  below: boolean,
): Promise<Map<string, GitObject>> {
  const found = new Map<string, GitObject>();
  let wanted = [...new Set(ids)];
  while (wanted.length > 0) {
    const objects = await Promise.all(wanted.map(readOne));
    for (const object of objects) if (object) found.set(object.id, object);
    const next = below ? objects.flatMap((object) => listChildren(object)) : [];
    wanted = [...new Set(next)].filter((id) => !found.has(id));
  }
  return found;
}

function listChildren(object: GitObject | undefined): string[] {
  if (object?.type === 'commit') return [parseCommit(object.content).tree];
  return findEntries(object)?.map(({ id }) => id) ?? [];
}
