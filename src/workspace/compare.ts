import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import type { Sha, TreeEntry } from '../ports/repository.ts';
import { readChunks, withFile } from './file-access.ts';
import { type Root, withPlace } from './place.ts';
import type { Entry } from './walk.ts';

/** A file or link of the folder as git would name it. */
export type Found = { path: string; mode: '100644' | '100755' | '120000'; sha: Sha; size: number };

/** The object ids of these files and links, without writing them. `shaLength`: 40 or 64, by the repository's format. */
export function identify(root: Root, entries: readonly Entry[], shaLength: number): Found[] {
  return entries.flatMap((entry) => {
    if (entry.kind === 'file') return identifyFile(root, entry.path, shaLength) ?? [];
    return entry.kind === 'link' ? (identifyLink(root, entry.path, shaLength) ?? []) : [];
  });
}

function identifyFile(root: Root, path: string, shaLength: number): Found | undefined {
  return withFile(root, path, (fd, { size, isExecutable }) => {
    const hash = startBlob(size, shaLength);
    readChunks(fd, (chunk) => hash.update(chunk));
    return { path, mode: isExecutable ? '100755' : '100644', sha: hash.digest('hex'), size };
  });
}

function identifyLink(root: Root, path: string, shaLength: number): Found | undefined {
  return withPlace(root, path, (place) => {
    const target = readlinkSync(place.path, { encoding: 'buffer' });
    return {
      path,
      mode: '120000',
      sha: startBlob(target.length, shaLength).update(target).digest('hex'),
      size: target.length,
    };
  });
}

/** gitformat-loose(5): the id of a blob is the hash of its kind, its size and its content. */
function startBlob(size: number, shaLength: number) {
  return createHash(shaLength === 64 ? 'sha256' : 'sha1').update(`blob ${size}\0`);
}

export function isSame(found: Found, entry: TreeEntry | undefined): boolean {
  return entry !== undefined && entry.mode === found.mode && entry.sha === found.sha;
}
