import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HEADER_BYTES, isDigest, readHeader, type SealedHeader } from './sealed-content.ts';
import type { SealedStorage } from './sealed-storage.ts';

/** A directory as a place to wait in: what is there can be taken away. */
export type ContentDirectory = SealedStorage & {
  entries(): AsyncIterable<{ header: SealedHeader; path: string }>;
  remove(paths: readonly string[]): Promise<void>;
};

/**
 * A folder for each day and a file for each content: what is too old goes with its folder. `<day>/<digest>`, readable by
 * this user only.
 */
export function createContentDirectory(directory: string): ContentDirectory {
  const toPath = (day: string, digest: string) => join(directory, day, digest);
  const days = async () => (await namesIn(directory)).filter((name) => DAY.test(name)).sort();

  async function* walk(): AsyncGenerator<{ day: string; digest: string }> {
    for (const day of await days()) {
      const names = await namesIn(join(directory, day));
      for (const digest of names.filter(isDigest).sort()) yield { day, digest };
    }
  }

  async function* entries(): AsyncGenerator<{ header: SealedHeader; path: string }> {
    for await (const { day, digest } of walk()) {
      const path = toPath(day, digest);
      const header = await readHeaderOf(path);
      if (header?.digest === digest) yield { header, path };
    }
  }

  async function find(digest: string): Promise<string | undefined> {
    for (const day of (await days()).reverse()) {
      if (await exists(toPath(day, digest))) return day;
    }
    return undefined;
  }

  return {
    kind: 'directory',
    place: directory,
    async has(digest, since) {
      const day = await find(digest);
      return day !== undefined && day >= toDay(since.toISOString());
    },
    async write({ digest, storedAt }, sealed) {
      const day = toDay(storedAt);
      await writeWhole({ folder: join(directory, day), name: digest, content: sealed });
      const others = (await days()).filter((other) => other !== day);
      await Promise.all(others.map((other) => rm(toPath(other, digest), { force: true })));
    },
    async read(digest) {
      const day = await find(digest);
      return day === undefined ? undefined : ignoreAbsent(readFile(toPath(day, digest)));
    },
    async *list() {
      for await (const { header } of entries()) yield header;
    },
    entries,
    async remove(paths) {
      await Promise.all(paths.map((path) => rm(path, { force: true })));
      for (const day of await days()) await removeEmpty(join(directory, day));
    },
    async prune(before) {
      const last = toDay(before.toISOString());
      let count = 0;
      for await (const { day, digest } of walk()) {
        if (day > last) break;
        const path = toPath(day, digest);
        if (day === last && !isBefore(await readHeaderOf(path), before)) continue;
        await rm(path, { force: true });
        count += 1;
      }
      for (const day of await days()) if (day <= last) await removeEmpty(join(directory, day));
      return count;
    },
    close: () => Promise.resolve(),
  };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function toDay(storedAt: string): string {
  return storedAt.slice(0, 10);
}

function isBefore(header: SealedHeader | undefined, time: Date): boolean {
  return header !== undefined && Date.parse(header.storedAt) < time.getTime();
}

/** Nobody sees half of it, also after the machine went down. */
async function writeWhole({ folder, name, content }: { folder: string; name: string; content: Buffer }) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${name}.${randomUUID()}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function readHeaderOf(path: string): Promise<SealedHeader | undefined> {
  const file = await ignoreAbsent(open(path, 'r'));
  if (!file) return undefined;
  try {
    const start = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(start, 0, HEADER_BYTES, 0);
    return readHeader(start.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await ignoreAbsent(readdir(folder))) ?? [];
}

async function exists(path: string): Promise<boolean> {
  return (await ignoreAbsent(stat(path))) !== undefined;
}

/** Also a folder that another process is just writing to stays. */
async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((error: unknown) => {
    const { code } = error as { code?: string };
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EEXIST') throw error;
  });
}

/** Undefined where the file is not there: another process may have deleted it. */
async function ignoreAbsent<T>(act: Promise<T>): Promise<T | undefined> {
  try {
    return await act;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
