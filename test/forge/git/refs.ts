import { mkdir, readdir, readFile, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** Branches and tags by full name: loose ones before packed ones (gitrepository-layout(5)). */
export async function readRefs(directory: string): Promise<Map<string, string>> {
  const refs = await readPacked(directory);
  const roots = ['refs/heads', 'refs/tags'].map((root) => join(directory, root));
  for (const root of roots) {
    const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile() || entry.name.endsWith('.lock')) continue;
      const ref = relative(directory, join(entry.parentPath, entry.name));
      const sha = await readLoose(directory, ref);
      if (sha) refs.set(ref, sha);
    }
  }
  return new Map([...refs].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export async function findRef(directory: string, ref: string): Promise<string | undefined> {
  return (await readLoose(directory, ref)) ?? (await readPacked(directory)).get(ref);
}

async function readLoose(directory: string, ref: string): Promise<string | undefined> {
  if (!ref.startsWith('refs/') || ref.includes('..')) return undefined;
  const text = await readFile(join(directory, ref), 'utf8').catch(() => '');
  return /^[0-9a-f]{40}(?=\n)/.exec(text)?.[0];
}

async function readPacked(directory: string): Promise<Map<string, string>> {
  const text = await readFile(join(directory, 'packed-refs'), 'utf8').catch(() => '');
  const lines = [...text.matchAll(/^([0-9a-f]{40}) (refs\/(?:heads|tags|pull)\/.+)$/gm)];
  return new Map(lines.map(([, sha = '', ref = '']) => [ref, sha]));
}

/**
 * Compare-and-swap; `from` null: it must not exist, undefined: whatever it is. The lock is git's own, so that a push at
 * the same moment waits or loses.
 */
export async function updateRef(
  directory: string,
  ref: string,
  to: string | null,
  from: string | null | undefined,
): Promise<boolean> {
  const file = join(directory, ref);
  const lock = `${file}.lock`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(lock, `${to ?? ''}\n`, { flag: 'wx' });
  } catch {
    return false;
  }
  const now = (await findRef(directory, ref)) ?? null;
  const isPacked = now !== null && (await readLoose(directory, ref)) === undefined;
  const isExpected = from === undefined || from === now;
  try {
    if (!isExpected || (to === null && now === null)) return false;
    // git leaves folders of deleted branches behind, too: an empty one is in nobody's way.
    if (to !== null) await rmdir(file).catch(() => undefined);
    if (to !== null) await rename(lock, file);
    else if (!isPacked) await unlink(file);
    else throw new Error(`the forge deletes no packed refs: ${ref}`);
    return true;
  } catch (error) {
    // A folder is in the way: refs/heads/a/b is there already.
    if (['EISDIR', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  } finally {
    await rm(lock, { force: true });
  }
}
