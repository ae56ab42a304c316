import { type Dirent, readdirSync } from 'node:fs';
import { type OpenFolder, openFolder, type Root } from './place.ts';

/** `repository`: a folder below the root with a `.git` of its own. `other`: a pipe, a socket, a device. */
export type Entry = { path: string; kind: 'file' | 'link' | 'folder' | 'repository' | 'other' };

/** Everything below the root that is not ignored; what is ignored, and a `.git` at the top, is not entered. Parents first. */
export function walk(root: Root, ignored: ReadonlySet<string>): Entry[] {
  const entries: Entry[] = [];
  walkFolder({ root, ignored, entries }, openFolder(root, root.directory), '');
  return entries;
}

type Walk = { root: Root; ignored: ReadonlySet<string>; entries: Entry[] };

function walkFolder(walking: Walk, folder: OpenFolder, prefix: string): void {
  try {
    const found = readdirSync(folder.at('.'), { withFileTypes: true });
    if (prefix !== '' && found.some((entry) => isGit(entry.name))) {
      const self = walking.entries.at(-1);
      if (self) self.kind = 'repository';
      return;
    }
    for (const entry of found) visit(walking, folder, prefix, entry);
  } finally {
    folder.close();
  }
}

function visit(walking: Walk, folder: OpenFolder, prefix: string, entry: Dirent): void {
  const path = `${prefix}${entry.name}`;
  if (walking.ignored.has(path) || (prefix === '' && isGit(entry.name))) return;
  walking.entries.push({ path, kind: toKind(entry) });
  if (entry.isDirectory()) walkFolder(walking, openFolder(walking.root, folder.at(entry.name)), `${path}/`);
}

function toKind(entry: Dirent): Entry['kind'] {
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  return entry.isFile() ? 'file' : 'other';
}

function isGit(name: string): boolean {
  return name.toLowerCase() === '.git';
}
