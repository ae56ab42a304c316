import { lstat, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkSha } from '../../lib/git.ts';
import { readObjects } from '../../lib/git-objects.ts';
import { type Checkout, listChanges, runInCheckout, type Step } from './checkout.ts';

/**
 * After a kill in the middle of an update some files are new, one may be half written, and the index is still old, so
 * that git would take them for the owner's changes. Files that hold the new content or the beginning of it are removed
 * here: the update writes them again. False: the index is new, and git writes that last, so nothing is left to do.
 */
export async function clearHalfWritten(checkout: Checkout, step: Step): Promise<boolean> {
  const staged = await runInCheckout(checkout, [
    'diff-index',
    '--cached',
    '--name-only',
    '-z',
    checkSha(step.to),
  ]);
  const changes = await listChanges(checkout, step);
  const open = staged.split('\0').filter((path) => changes.has(path));
  if (open.length === 0) return false;
  const blobs = new Map(open.flatMap((path) => (changes.get(path) ? [[path, changes.get(path) ?? '']] : [])));
  const contents = await readObjects(checkout.gitDirectory, [...new Set(blobs.values())]);
  for (const [path, blob] of blobs) {
    const wanted = contents.get(blob);
    if (wanted && (await isBeginningOf(wanted, checkout.directory, path)))
      await rm(join(checkout.directory, path));
  }
  return true;
}

async function isBeginningOf(wanted: Buffer, root: string, path: string): Promise<boolean> {
  const file = join(root, path);
  try {
    const kind = await lstat(file);
    const inside = `${await realpath(dirname(file))}/`.startsWith(`${await realpath(root)}/`);
    if (!inside || !(kind.isFile() || kind.isSymbolicLink())) return false;
    const content = kind.isFile() ? await readFile(file) : Buffer.from(await readlink(file));
    return wanted.subarray(0, content.length).equals(content);
  } catch {
    return false; // not there yet
  }
}
