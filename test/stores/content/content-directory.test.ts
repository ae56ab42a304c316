import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createContentDirectory } from '../../../src/stores/content/content-directory.ts';
import { createContentStore } from '../../../src/stores/content/content-store.ts';
import { describeContentStore } from '../../contracts/content-store.ts';

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describeContentStore('directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tamma-content-'));
  return {
    open: () => createContentDirectory(join(directory, 'content')),
    async dump() {
      return Buffer.concat(await Promise.all((await filesBelow(directory)).map((path) => readFile(path))));
    },
    async damage(digest) {
      const path = (await filesBelow(directory)).find((file) => file.endsWith(digest)) ?? '';
      const bytes = await readFile(path);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      await writeFile(path, bytes);
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
});

it('keeps content for its user only, and passes over files that are not its own', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tamma-content-'));
  try {
    const clock = { now: () => new Date('2026-11-20T10:00:00.000Z') };
    const store = createContentStore({ storage: createContentDirectory(directory), keys: () => [], clock });
    const digest = await store.put('text', 'log');
    const folder = join(directory, '2026-11-20');
    expect((await stat(join(folder, digest))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await writeFile(join(folder, '0'.repeat(64)), 'no header');
    const listed: string[] = [];
    for await (const entry of store.list()) listed.push(entry.digest);
    expect(listed).toEqual([digest]);
    expect(await store.prune(new Date('2026-11-21T00:00:00.000Z'))).toBe(2);
    expect(await readdir(folder)).toEqual(['notes.txt']);
    await chmod(folder, 0o700);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
