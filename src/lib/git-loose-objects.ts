import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { NewObject } from './git-object-format.ts';

const compress = promisify(deflate);

/**
 * Writes objects into a repository without any process (gitrepository-layout(5), "objects/[0-9a-f][0-9a-f]"). Not
 * flushed to disk: for a repository that may be lost. May be repeated; never leaves half of an object under its name.
 */
export async function writeLooseObjects(gitDirectory: string, objects: readonly NewObject[]): Promise<void> {
  await Promise.all(objects.map((object) => writeOne(gitDirectory, object)));
}

async function writeOne(gitDirectory: string, { id, type, content }: NewObject): Promise<void> {
  const folder = join(gitDirectory, 'objects', id.slice(0, 2));
  const draft = join(folder, `tmp_obj_${randomUUID()}`);
  const bytes = await compress(Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]), {
    level: 1,
  });
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(draft, bytes, { mode: 0o444, flag: 'wx' });
    await rename(draft, join(folder, id.slice(2)));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
