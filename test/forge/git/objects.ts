import { createHash } from 'node:crypto';
import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { ObjectReader } from './reader.ts';

export type Identity = { name: string; email: string; date: string };
export type CommitDraft = {
  tree: string;
  parents: readonly string[];
  message: string;
  author: Identity;
  committer: Identity;
};
export type TreeChange = { path: string; mode: string; sha: string | null };
export type TreeNode = { name: string; mode: string; sha: string };

const pack = promisify(deflate);
let written = 0;

/** A loose object, as gitrepository-layout(5) has it. */
export async function writeObject(directory: string, type: string, content: Buffer): Promise<string> {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const sha = createHash('sha1').update(whole).digest('hex');
  const folder = join(directory, 'objects', sha.slice(0, 2));
  const file = join(folder, sha.slice(2));
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) return sha;
  await mkdir(folder, { recursive: true });
  written += 1;
  const draft = join(folder, `tmp_obj_${process.pid}_${written}`);
  await writeFile(draft, await pack(whole), { mode: 0o444 });
  await rename(draft, file);
  return sha;
}

export function writeCommit(directory: string, draft: CommitDraft): Promise<string> {
  const person = ({ name, email, date }: Identity) => `${name} <${email}> ${Date.parse(date) / 1000} +0000`;
  const lines = [
    `tree ${draft.tree}`,
    ...draft.parents.map((parent) => `parent ${parent}`),
    `author ${person(draft.author)}`,
    `committer ${person(draft.committer)}`,
  ];
  const message = draft.message.endsWith('\n') ? draft.message : `${draft.message}\n`;
  return writeObject(directory, 'commit', Buffer.from(`${lines.join('\n')}\n\n${message}`));
}

/** A tree object: `<mode> <name>\0<20 bytes>` for each entry. */
export function parseTree(content: Buffer): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(0, start);
    const [mode = '', name = ''] = content.subarray(start, end).toString().split(/ (.*)/s);
    nodes.push({ mode, name, sha: content.subarray(end + 1, end + 21).toString('hex') });
    start = end + 21;
  }
  return nodes;
}

export const FOLDER_MODE = '40000';

/** `base` with these entries set, or gone where `sha` is null; null where nothing is left. */
export async function writeTree(
  directory: string,
  reader: ObjectReader,
  base: string | null,
  changes: readonly TreeChange[],
): Promise<string | null> {
  const before = base === null ? undefined : await reader.read(`${base}^{tree}`);
  const nodes = new Map(parseTree(before?.content ?? Buffer.alloc(0)).map((node) => [node.name, node]));
  const below = new Map<string, TreeChange[]>();
  for (const { path, mode, sha } of changes) {
    const [name = '', rest] = path.split(/\/(.*)/s);
    if (rest !== undefined) below.set(name, [...(below.get(name) ?? []), { path: rest, mode, sha }]);
    else if (sha === null) nodes.delete(name);
    else nodes.set(name, { name, mode: mode.replace(/^0/, ''), sha });
  }
  for (const [name, inner] of below) {
    const known = nodes.get(name);
    const start = known?.mode === FOLDER_MODE ? known.sha : null;
    const sha = await writeTree(directory, reader, start, inner);
    if (sha === null) nodes.delete(name);
    else nodes.set(name, { name, mode: FOLDER_MODE, sha });
  }
  if (nodes.size === 0) return null;
  return writeObject(directory, 'tree', toTree([...nodes.values()]));
}

/** git sorts folders as if their names ended in a slash. */
function toTree(nodes: readonly TreeNode[]): Buffer {
  const key = ({ name, mode }: TreeNode) => Buffer.from(mode === FOLDER_MODE ? `${name}/` : name);
  const sorted = nodes.toSorted((a, b) => Buffer.compare(key(a), key(b)));
  return Buffer.concat(
    sorted.flatMap(({ mode, name, sha }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, 'hex')]),
  );
}
