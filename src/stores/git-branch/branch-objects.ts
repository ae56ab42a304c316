import { findEntries, type NewObject, type RawTreeEntry } from '../../lib/git-object-format.ts';
import type { ArchiveFiles } from '../../ports/log-archive.ts';
import type { GitObject, LogBackend } from './log-backend.ts';

/**
 * The objects of a branch: what was read or written once is not asked for again, since an id never means anything else.
 * The one place where paths become ids.
 */
export type BranchObjects = {
  /** Where months are that were moved elsewhere, if somebody said so. */
  readonly archive?: ArchiveFiles | undefined;
  /** One round for all that are not known yet; those that are nowhere are not in the answer. */
  read(ids: readonly string[]): Promise<Map<string, GitObject>>;
  /** Trees with all that is below them, in one round. Not kept unless wanted: a whole log is read once. */
  readBelow(trees: readonly string[], options?: { keep?: boolean }): Promise<Map<string, GitObject>>;
  find(id: string): Promise<GitObject | undefined>;
  /** Entries of a tree; undefined where there is no such tree. */
  list(tree: string | undefined): Promise<RawTreeEntry[] | undefined>;
  /** What stands at a path from this tree. */
  resolve(tree: string, path: string): Promise<RawTreeEntry | undefined>;
  /** The content of the file there. */
  findFile(tree: string, path: string): Promise<Buffer | undefined>;
  /** What an append of our own wrote. */
  keep(objects: readonly NewObject[]): void;
};

/** Enough for the trees of a branch and the batches of some issues. */
const KEPT_BYTES = 16_000_000;
const LARGEST_KEPT = 1_000_000;

export function createBranchObjects(
  backend: Pick<LogBackend, 'read'>,
  archive?: ArchiveFiles,
): BranchObjects {
  const kept = new Map<string, GitObject>();
  let keptBytes = 0;

  function keepOne({ id, type, content: bytes }: GitObject): void {
    if (bytes.length > LARGEST_KEPT || kept.has(id)) return;
    // A small piece would keep all of the large buffer that it was cut out of.
    kept.set(id, { id, type, content: Buffer.from(bytes) });
    keptBytes += bytes.length;
    for (const [oldest, { content }] of kept) {
      if (keptBytes <= KEPT_BYTES) return;
      kept.delete(oldest);
      keptBytes -= content.length;
    }
  }

  async function read(ids: readonly string[]): Promise<Map<string, GitObject>> {
    const missing = [...new Set(ids)].filter((id) => !kept.has(id));
    const found = missing.length === 0 ? new Map<string, GitObject>() : await backend.read(missing);
    const all = new Map<string, GitObject>();
    for (const id of ids) {
      const object = kept.get(id) ?? found.get(id);
      if (object) all.set(id, object);
    }
    for (const object of found.values()) keepOne(object);
    return all;
  }

  async function find(id: string): Promise<GitObject | undefined> {
    return (await read([id])).get(id);
  }

  async function list(tree: string | undefined): Promise<RawTreeEntry[] | undefined> {
    return tree === undefined ? undefined : findEntries(await find(tree));
  }

  async function resolve(tree: string, path: string): Promise<RawTreeEntry | undefined> {
    const [name = '', ...rest] = path.split('/');
    const entry = (await list(tree))?.find((one) => one.name === name);
    if (rest.length === 0 || !entry) return entry;
    return entry.mode === '40000' ? resolve(entry.id, rest.join('/')) : undefined;
  }

  return {
    archive,
    read,
    find,
    list,
    resolve,
    async readBelow(trees, { keep = false } = {}) {
      const missing = [...new Set(trees)].filter((id) => !kept.has(id));
      if (missing.length === 0) return new Map();
      const found = await backend.read(missing, { below: true });
      if (keep) for (const object of found.values()) keepOne(object);
      return found;
    },
    async findFile(tree, path) {
      const entry = await resolve(tree, path);
      const object = entry && (await find(entry.id));
      return object?.type === 'blob' ? object.content : undefined;
    },
    keep(objects) {
      for (const object of objects) keepOne(object);
    },
  };
}
