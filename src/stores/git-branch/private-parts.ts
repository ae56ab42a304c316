import { checkSha, GitError } from '../../lib/git.ts';
import { writeLooseObjects } from '../../lib/git-loose-objects.ts';
import { formatOf } from '../../lib/git-object-format.ts';
import { createGitObjectReader, type GitObjectReader } from '../../lib/git-object-reader.ts';
import type { BranchMove, GitObject } from './log-backend.ts';
import {
  fetchInto,
  openWhole,
  type PrivatePlace,
  preparePrivate,
  toPrivatePath,
  writePrivateRef,
} from './private-repository.ts';
import { readWithBelow } from './read-with-below.ts';

/** The repository on this machine with those parts of a branch elsewhere that somebody asked for. */
export type Parts = {
  path: string;
  /** Fetches the commit that `ref` points to, and those between it and `before`. */
  bring(commit: string, ref: string, before: string | null): Promise<void>;
  read(ids: readonly string[], below: boolean): Promise<Map<string, GitObject>>;
  /** Whether one commit comes after another, as far as the commits are here. */
  leadsTo(from: string, to: string): Promise<boolean>;
  store(objects: BranchMove['objects']): Promise<void>;
  /** The newest commit we know of: what a later fetch begins from. */
  keep(commit: string): Promise<void>;
  close(): void;
};

const KEPT = 'refs/tamma/head';

/** git's words where an object is not there, and where it may not be asked for (upload-pack.c, fetch-pack.c). */
const NOT_THERE = /not our ref ([0-9a-f]{40,64})/;
/** What came is kept all the same (builtin/fetch.c checks once the pack is in place). */
const INCOMPLETE = /did not send all necessary objects/;
const NOT_ALLOWED = /not allow request for unadvertised object|no such remote ref/i;

export function createParts(place: PrivatePlace): Parts {
  const { remote } = place;
  let path = toPrivatePath(place, 'parts');
  let isWhole = false;
  let reader: GitObjectReader | undefined;
  let prepared: Promise<void> | undefined;

  function prepare(id: string): Promise<void> {
    prepared ??= preparePrivate(path, formatOf(id));
    return prepared;
  }

  function readHere(id: string): Promise<GitObject | undefined> {
    reader ??= createGitObjectReader({ gitDirectory: path });
    return reader.read(checkSha(id));
  }

  async function findMissing(ids: readonly string[]): Promise<string[]> {
    const found = await Promise.all(ids.map(readHere));
    return ids.filter((_id, index) => found[index] === undefined);
  }

  /** A server that gives nothing but its refs: then all of the branch comes over, and what is new of it later. */
  async function goWhole(id: string): Promise<void> {
    const whole = await openWhole(place, formatOf(id));
    if (!isWhole) reader?.close();
    if (!isWhole) reader = undefined;
    isWhole = true;
    path = whole.gitDirectory;
  }

  async function fetchIds(wants: readonly string[], below: boolean): Promise<void> {
    // Callers name the inner ones last; they have to be asked for first.
    let left = wants.toReversed();
    while (left.length > 0) {
      try {
        const plan = { path, remote, wants: left, isSparse: !below, negotiates: false };
        // Below a commit are its files, and not what came before it.
        return await fetchInto(below ? { ...plan, depth: 1 } : plan);
      } catch (error) {
        const text = error instanceof GitError ? error.stderr : '';
        if (INCOMPLETE.test(text)) return;
        const gone = NOT_THERE.exec(text)?.[1];
        if (NOT_ALLOWED.test(text)) return await goWhole(wants[0] ?? '');
        if (!gone || !left.includes(gone)) throw error;
        left = left.filter((id) => id !== gone);
      }
    }
  }

  /** What was seen before is where the new commits begin. False where nobody has it any more. */
  async function bringOld(commit: string): Promise<boolean> {
    if (await readHere(commit)) return true;
    const wants = [`+${commit}:${KEPT}`];
    await fetchInto({ path, remote, wants, isSparse: true, negotiates: false, depth: 1 }).catch(() => {});
    return (await readHere(commit)) !== undefined;
  }

  async function fetchMissing(ids: readonly string[], below: boolean): Promise<void> {
    if (isWhole) return;
    let missing = below ? [...ids] : await findMissing(ids);
    // With `tree:0` what is part of something else that is wanted may be left out: so it is asked for again.
    for (let before = Number.POSITIVE_INFINITY; missing.length > 0 && missing.length < before; ) {
      before = missing.length;
      await fetchIds(missing, below);
      missing = below ? [] : await findMissing(missing);
    }
  }

  return {
    get path() {
      return path;
    },
    async bring(commit, ref, before) {
      await prepare(commit);
      if (await readHere(commit)) return;
      if (isWhole) return await goWhole(commit);
      const newest = { path, remote, wants: [`+${ref}:${KEPT}`], isSparse: true };
      const isHere = before !== null && (await bringOld(before));
      await fetchInto(isHere ? { ...newest, negotiates: true } : { ...newest, negotiates: false, depth: 1 });
    },
    async read(ids, below) {
      await prepare(ids[0] ?? '');
      await fetchMissing(ids, below);
      return readWithBelow(readHere, ids, below);
    },
    async leadsTo(from, to) {
      let current: string | undefined = from;
      while (current !== undefined && current !== to) {
        const header: string =
          (await readHere(current))?.content.toString('latin1').split('\n\n', 1)[0] ?? '';
        current = /^parent ([0-9a-f]+)$/m.exec(header)?.[1];
      }
      return current === to;
    },
    async store(objects) {
      await prepare(objects[0]?.id ?? '');
      await writeLooseObjects(path, objects);
    },
    keep: (commit) => writePrivateRef(path, KEPT, commit).catch(() => {}),
    close() {
      reader?.close();
    },
  };
}
