import { git, gitText } from '../../../src/lib/git.ts';
import { type ChangedFile, parseChanges } from './diff.ts';
import { findMergeBase, listBetween, reaches } from './history.ts';
import {
  type CommitDraft,
  FOLDER_MODE,
  parseTree,
  type TreeChange,
  writeCommit,
  writeObject,
  writeTree,
} from './objects.ts';
import { createObjectReader, type ObjectReader } from './reader.ts';
import { findRef, readRefs, updateRef } from './refs.ts';
import { type CommitData, parseCommit } from './text.ts';

export type { CommitDraft, Identity } from './objects.ts';
export type TreeEntry = { path: string; mode: string; type: string; sha: string; size: number | null };
export type Merged = { tree: string; conflicts: string[] };

/** The real bare repository behind a repository of the forge. Refs are read at that moment; objects do not change. */
export type GitStore = {
  directory: string;
  /** Branches and tags by full name. */
  refs(): Promise<Map<string, string>>;
  find(ref: string): Promise<string | undefined>;
  /** A branch, tag, full ref or id as a commit. */
  resolve(name: string): Promise<string | undefined>;
  /** Compare-and-swap; `from` null: it must not exist, undefined: whatever it is. */
  update(ref: string, to: string | null, from?: string | null): Promise<boolean>;
  commit(sha: string): Promise<CommitData | undefined>;
  /** As git-rev-list(1) has them, newest first. */
  log(args: readonly string[]): Promise<CommitData[]>;
  /** What `to` has and `from` has not, newest first. */
  between(from: string, to: string): Promise<CommitData[]>;
  typeOf(name: string): Promise<string | undefined>;
  blob(name: string): Promise<Buffer>;
  tree(name: string, recursive: boolean): Promise<TreeEntry[]>;
  writeBlob(content: Buffer): Promise<string>;
  /** `base` with these entries set, or gone where `sha` is null. */
  writeTree(base: string | null, changes: readonly TreeChange[]): Promise<string>;
  writeCommit(draft: CommitDraft): Promise<string>;
  merge(ours: string, theirs: string): Promise<Merged>;
  mergeBase(a: string, b: string): Promise<string | undefined>;
  isAncestor(a: string, b: string): Promise<boolean>;
  changes(from: string, to: string): Promise<ChangedFile[]>;
  diff(from: string, to: string): Promise<string>;
  /** The same with its refs as they are now. */
  freeze(): Promise<GitStore>;
  close(): void;
};

const FIXED = /^(?:--[\w-]+|[0-9a-f]{40})$/;

export function createGitStore(directory: string): GitStore {
  return createStore(directory, createObjectReader(directory), createMemory());
}

type Memory = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** What follows from ids alone is found out once. */
function createMemory(): Memory {
  const known = new Map<string, Promise<unknown>>();
  return <T>(key: string, work: () => Promise<T>) => {
    const found = known.get(key) as Promise<T> | undefined;
    const result = found ?? work();
    known.set(key, result);
    return result;
  };
}

function createStore(
  directory: string,
  reader: ObjectReader,
  remember: Memory,
  frozen?: ReadonlyMap<string, string>,
): GitStore {
  const options = { gitDirectory: directory };
  const run = (args: readonly string[]) => gitText(args, options);
  const fixed = <T>(args: readonly string[], work: () => Promise<T>): Promise<T> =>
    args.every((arg) => FIXED.test(arg)) ? remember(args.join(' '), work) : work();
  const list = async (args: readonly string[]): Promise<CommitData[]> => {
    const shas = (await run(['rev-list', ...args])).split('\n').filter(Boolean);
    const commits = await Promise.all(shas.map((sha) => store.commit(sha)));
    return commits.filter((commit) => commit !== undefined);
  };

  const store: GitStore = {
    directory,
    refs: () => (frozen ? Promise.resolve(new Map(frozen)) : readRefs(directory)),
    find: (ref) => (frozen ? Promise.resolve(frozen.get(ref)) : findRef(directory, ref)),
    async resolve(name) {
      const refs = await store.refs();
      const known = [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`, name].find((ref) =>
        refs.has(ref),
      );
      const start = known ? refs.get(known) : /^[0-9a-f]{7,40}$/.test(name) ? name : undefined;
      return start && (await reader.look(`${start}^{commit}`))?.sha;
    },
    update: (ref, to, from) => updateRef(directory, ref, to, from),
    async commit(sha) {
      const object = await reader.read(sha);
      return object?.type === 'commit' ? parseCommit(object.content.toString(), object.sha) : undefined;
    },
    log: (args) => list(args),
    between: (from, to) => fixed(['--log', from, to], () => listBetween(store.commit, from, to)),
    typeOf: async (name) => (await reader.look(name))?.type,
    async blob(name) {
      const object = await reader.read(name);
      if (object?.type !== 'blob') throw new Error(`no blob ${name} in ${directory}`);
      return object.content;
    },
    tree: (name, recursive) => readTree(reader, name, recursive, ''),
    writeBlob: (content) => writeObject(directory, 'blob', content),
    writeTree: async (base, changes) =>
      (await writeTree(directory, reader, base, changes)) ?? writeObject(directory, 'tree', Buffer.alloc(0)),
    writeCommit: (draft) => writeCommit(directory, draft),
    merge: (ours, theirs) => fixed(['--merge', ours, theirs], () => mergeTree(directory, ours, theirs)),
    mergeBase: (a, b) => fixed(['--base', a, b], () => findMergeBase(store.commit, a, b)),
    isAncestor: (a, b) => fixed(['--reach', a, b], () => reaches(store.commit, b, a)),
    changes: (from, to) => fixed(['--changes', from, to], () => parseChanges(directory, from, to)),
    diff: (from, to) =>
      fixed(['--diff', from, to], () => run(['diff', '--no-ext-diff', '--no-textconv', from, to])),
    close: () => reader.close(),
    freeze: async () => createStore(directory, reader, remember, await store.refs()),
  };
  return store;
}

async function readTree(
  reader: ObjectReader,
  name: string,
  recursive: boolean,
  prefix: string,
): Promise<TreeEntry[]> {
  const object = await reader.read(prefix === '' && !name.includes(':') ? `${name}^{tree}` : name);
  if (object?.type !== 'tree') throw new Error(`no tree ${name}`);
  const entries = await Promise.all(
    parseTree(object.content).map(async (node) => {
      const path = `${prefix}${node.name}`;
      const isFolder = node.mode === FOLDER_MODE;
      const size = isFolder ? null : ((await reader.look(node.sha))?.size ?? null);
      const type = isFolder ? 'tree' : node.mode === '160000' ? 'commit' : 'blob';
      const entry: TreeEntry = { path, mode: node.mode.padStart(6, '0'), type, sha: node.sha, size };
      const below = isFolder && recursive ? await readTree(reader, node.sha, true, `${path}/`) : [];
      return [entry, ...below];
    }),
  );
  return entries.flat();
}

/** git-merge-tree(1): exit code 1 is a conflict, and then names its files. */
async function mergeTree(directory: string, ours: string, theirs: string): Promise<Merged> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs];
  const { exitCode, stdout } = await git(args, { gitDirectory: directory, allowExitCodes: [1] });
  const [tree = '', ...files] = stdout.toString().split('\0');
  return { tree: tree.trim(), conflicts: exitCode === 0 ? [] : [...new Set(files.filter(Boolean))] };
}
