import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { codeOf, type Place, type Root, refusePath, toPathError, withPlace } from './place.ts';

/**
 * Files below a root, by paths with checked grammar. Only regular files with one name: no links, no hard links, no
 * devices, no pipes. Each function throws PATH_REFUSED for anything else. No second code path reads or writes.
 */
export type FileFacts = { size: number; isExecutable: boolean };

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const CHUNK = 1024 * 1024;

/** Calls `use` with the open file; undefined where there is none. */
export function withFile<T>(
  root: Root,
  path: string,
  use: (fd: number, facts: FileFacts) => T,
): T | undefined {
  return withPlace(root, path, (place) => {
    const fd = openFile(place, path);
    if (fd === undefined) return undefined;
    try {
      const found = fstatSync(fd);
      checkFile(found, path);
      return use(fd, toFacts(found));
    } finally {
      closeSync(fd);
    }
  });
}

/** At most `maxBytes`; undefined where there is no such file. */
export function readBytes(root: Root, path: string, maxBytes: number): Buffer | undefined {
  return withFile(root, path, (fd, { size }) => {
    if (size > maxBytes) throw refusePath(path, `has ${size} bytes, ${maxBytes} is the limit`);
    const chunks: Buffer[] = [];
    readChunks(fd, (chunk) => chunks.push(Buffer.from(chunk)));
    const content = Buffer.concat(chunks);
    if (content.length > maxBytes) throw refusePath(path, `has more than ${maxBytes} bytes`);
    return content;
  });
}

/** Reads to the end; the chunk is only valid during the call. */
export function readChunks(fd: number, take: (chunk: Buffer) => void): void {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) take(buffer.subarray(0, read));
}

export type WriteOptions = {
  /** Default: as it was, or not executable. */
  isExecutable?: boolean;
};

/** Makes the file, its folders too, or replaces it as a whole: nobody sees half of it. */
export function writeBytes(root: Root, path: string, content: Uint8Array, options: WriteOptions = {}): void {
  const write = (place: Place) => {
    const before = findEntry(place.path);
    if (before) checkFile(before, path);
    const isExecutable = options.isExecutable ?? (before !== undefined && toFacts(before).isExecutable);
    replace(place, content, isExecutable ? 0o755 : 0o644);
  };
  withPlace(root, path, write, { create: true });
}

function replace(place: Place, content: Uint8Array, mode: number): void {
  const temporary = place.beside(`.tamma-${process.pid}.tmp`);
  rmSync(temporary, { force: true });
  const fd = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(fd, content);
    fchmodSync(fd, mode);
    closeSync(fd);
    place.adopt(temporary);
    renameSync(temporary, place.path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A file that is not there is fine. Answers whether it was. */
export function removeFile(root: Root, path: string): boolean {
  const remove = (place: Place) => {
    const found = findEntry(place.path);
    if (!found) return false;
    checkFile(found, path);
    unlinkSync(place.path);
    return true;
  };
  return withPlace(root, path, remove) ?? false;
}

/** lstat(2), or undefined where there is nothing. */
export function findEntry(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function openFile(place: Place, path: string): number | undefined {
  try {
    // Without O_NONBLOCK, opening a pipe would wait for its other end.
    return openSync(place.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw toPathError(error, path);
  }
}

function checkFile(found: Stats, path: string): void {
  if (found.isSymbolicLink()) throw refusePath(path, 'is a link');
  if (found.isDirectory()) throw refusePath(path, 'is a folder');
  if (!found.isFile()) throw refusePath(path, 'is no regular file');
  if (found.nlink !== 1) throw refusePath(path, 'has a second name somewhere (a hard link)');
}

function toFacts(found: Stats): FileFacts {
  return { size: found.size, isExecutable: (found.mode & 0o100) !== 0 };
}
