import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TammaError } from '../../core/errors.ts';
import type { ArchiveFiles } from '../../ports/log-archive.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,150}$/;

/** An archive in a folder. Made on the first write. */
export function createArchiveDirectory(directory: string): ArchiveFiles {
  const toPath = (name: string) => {
    if (NAME.test(name)) return join(directory, name);
    throw new TammaError('ARCHIVE_FAILED', `no name of a file of ours: ${JSON.stringify(name.slice(0, 80))}`);
  };
  return {
    place: directory,
    async write(name, content) {
      const path = toPath(name);
      const temporary = join(directory, `.${name}.${randomUUID()}`);
      const digest = createHash('sha256');
      let bytes = 0;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const file = await open(temporary, 'wx', 0o600);
        try {
          for await (const chunk of content) {
            digest.update(chunk);
            bytes += chunk.length;
            await file.writeFile(chunk);
          }
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {}); // the first failure is the one to tell
        throw toFailure(error, path);
      }
      return { sha256: digest.digest('hex'), bytes };
    },
    async read(name) {
      try {
        const file = await open(toPath(name), 'r');
        return file.createReadStream();
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return undefined;
        throw toFailure(error, toPath(name));
      }
    },
  };
}

function toFailure(error: unknown, path: string): TammaError {
  if (error instanceof TammaError) return error;
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new TammaError('LOG_DISK_FULL', `the disk is full: ${path}`, { cause: error });
  return new TammaError('ARCHIVE_FAILED', `${path} cannot be used: ${message ?? String(error)}`, {
    cause: error,
  });
}
