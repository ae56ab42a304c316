import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { TammaError } from '../core/errors.ts';

/** An entry of a folder, there or not, whose parents were all found to be real folders inside the root. */
export type Place = {
  /** Names the entry for calls of node:fs; its last segment may still be a link, so calls must not follow it. */
  path: string;
  /** Names another entry of the same folder. */
  beside(name: string): string;
  /** Gives what was made here the owner of its folder, so that a sandbox with another user may go on with it. */
  adopt(path: string): void;
};

export type Root = {
  directory: string;
  /** Whether `/proc/self/fd/N/name` reaches a file below an open folder (proc_pid_fd(5)); else paths are checked by lstat. */
  hasDescriptors: boolean;
};

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

export function createRoot(directory: string): Root {
  return { directory, hasDescriptors: process.platform === 'linux' && existsSync('/proc/self/fd') };
}

/**
 * Calls `use` with the place of `path` below the root, and answers undefined where a folder on the way is missing.
 * `create` makes those folders. Each folder is opened below the last one and never through a link, so that swapping
 * one for a link meanwhile leads nowhere (research, E13b). Throws PATH_REFUSED. `path` comes with checked grammar.
 */
export function withPlace<T>(
  root: Root,
  path: string,
  use: (place: Place) => T,
  options: { create?: boolean } = {},
): T | undefined {
  const segments = path.split('/');
  const last = segments.pop() ?? '';
  let folder: OpenFolder | undefined = openFolder(root, root.directory);
  try {
    for (const segment of segments) {
      const next: OpenFolder | undefined = enter(root, folder, {
        segment,
        path,
        create: options.create ?? false,
      });
      folder.close();
      folder = next;
      if (!folder) return undefined;
    }
    return use(toPlace(folder, last));
  } finally {
    folder?.close();
  }
}

export type OpenFolder = { at(name: string): string; stat(): Stats; close(): void };

function toPlace(folder: OpenFolder, name: string): Place {
  return { path: folder.at(name), beside: folder.at, adopt: (made) => adopt(folder, made) };
}

type Step = { segment: string; path: string; create: boolean };

function enter(root: Root, folder: OpenFolder, { segment, path, create }: Step): OpenFolder | undefined {
  const at = folder.at(segment);
  try {
    return openFolder(root, at);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      if (!create) return undefined;
      mkdirSync(at, { mode: 0o755 });
      adopt(folder, at);
      return openFolder(root, at);
    }
    throw toPathError(error, path);
  }
}

/** Throws ENOENT, and ELOOP or ENOTDIR for anything but a real folder. A folder of ours that was locked is opened up. */
export function openFolder(root: Root, path: string): OpenFolder {
  if (!root.hasDescriptors) return openByPath(path);
  const fd = openUnlocked(path);
  return {
    at: (name) => `/proc/self/fd/${fd}/${name}`,
    stat: () => fstatSync(fd),
    close: () => closeSync(fd),
  };
}

function openUnlocked(path: string): number {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  try {
    return openSync(path, flags);
  } catch (error) {
    if (codeOf(error) !== 'EACCES' || !lstatSync(path).isDirectory()) throw error;
    chmodSync(path, 0o755);
    return openSync(path, flags);
  }
}

function openByPath(path: string): OpenFolder {
  const found = lstatSync(path);
  if (!found.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  return { at: (name) => join(path, name), stat: () => found, close: () => {} };
}

function adopt(folder: OpenFolder, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = folder.stat();
  if (uid !== 0) chownSync(path, uid, gid);
}

/** What the system says of a path that is not what it should be, as PATH_REFUSED; anything else as it is. */
export function toPathError(error: unknown, path: string): unknown {
  const reasons: Readonly<Record<string, string>> = {
    ELOOP: 'is a link or leads through one',
    ENOTDIR: 'leads through something that is no folder',
    EISDIR: 'is a folder',
    ENXIO: 'is no regular file',
    EACCES: 'cannot be opened',
    ENAMETOOLONG: 'is too long',
  };
  const reason = reasons[codeOf(error) ?? ''];
  return reason === undefined ? error : refusePath(path, reason, error);
}

export function refusePath(path: string, reason: string, cause?: unknown): TammaError {
  const shown = path.slice(0, 200);
  return new TammaError('PATH_REFUSED', `${JSON.stringify(shown)} ${reason}`, {
    details: { path: shown },
    cause,
  });
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
