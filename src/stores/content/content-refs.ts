import { mkdir } from 'node:fs/promises';
import { checkRef, checkSha, GitError, type GitOptions, git, gitText } from '../../lib/git.ts';
import type { Header } from '../../lib/git-header.ts';
import {
  createObject,
  createTree,
  encodePack,
  formatOf,
  type NewObject,
  type ObjectFormat,
  parseTree,
  type RawTreeEntry,
} from '../../lib/git-object-format.ts';
import { readObjects } from '../../lib/git-objects.ts';
import { toLogError } from '../git-branch/git-failures.ts';

export type ContentRemote = {
  url: string;
  authorization?: Header;
  environment?: Readonly<Record<string, string>>;
};

export type ContentRefsOptions = {
  /** Holds the refs, where there is no remote. */
  gitDirectory: string;
  /** `gitDirectory`: a bare repository of our own to fetch into and push from, made on first use. */
  remote?: { at: ContentRemote; gitDirectory: string } | undefined;
  place: string;
};

/** A day's content: the commit its ref points to and the blobs in it, by digest. */
export type DayContent = { commit: string; blobs: ReadonlyMap<string, string> };

export type DayRef = { day: string; commit: string };

/** Blobs to add, by name; null takes one out. */
export type DayChange = ReadonlyMap<string, Buffer | null>;

/**
 * One ref for each day, beside the branches: `refs/tamma/content/2026-11-20`. No clone fetches them, and what is too old
 * goes with its ref, history and all.
 */
export type ContentRefs = {
  /** The days there are now, ascending, with their commits. */
  days(): Promise<DayRef[]>;
  /** As it is now; as it was at `commit`, where that is given and still here. */
  openDay(day: string, commit?: string): Promise<DayContent | undefined>;
  /** Contents by id of blobs of opened days. */
  read(blobs: readonly string[]): Promise<Map<string, Buffer>>;
  /** Compare-and-swap: false where the day is no longer what `from` says. `whole`: without what was before. */
  change(
    day: string,
    change: { from: DayContent | undefined; files: DayChange; whole: boolean; now: Date },
  ): Promise<boolean>;
  /** False where it is not what `from` says. */
  remove(day: string, from: string): Promise<boolean>;
};

const PREFIX = 'refs/tamma/content/';
const NETWORK = { 'http.lowSpeedLimit': '1', 'http.lowSpeedTime': '30' };
const NETWORK_TIMEOUT_MS = 120_000;
const WHO = 'Tamma <tamma@localhost>';

export function createContentRefs(options: ContentRefsOptions): ContentRefs {
  const { place } = options;
  const remote = options.remote?.at;
  const gitDirectory = options.remote?.gitDirectory ?? options.gitDirectory;
  const local: GitOptions = { gitDirectory };
  const network: GitOptions = {
    ...local,
    config: NETWORK,
    timeoutMs: NETWORK_TIMEOUT_MS,
    ...(remote?.authorization ? { authorization: { url: remote.url, header: remote.authorization } } : {}),
    ...(remote?.environment ? { env: remote.environment } : {}),
  };
  const toRef = (day: string) => checkRef(`${PREFIX}${day}`);
  let isMade = remote === undefined;
  let queue: Promise<unknown> = Promise.resolve();

  /** One after the other, since git locks what it fetches into; failures translated. */
  function act<T>(work: () => Promise<T>): Promise<T> {
    const turn = queue.then(async () => {
      try {
        if (!isMade) await makeRepository();
        return await work();
      } catch (error) {
        throw toLogError(error, place);
      }
    });
    queue = turn.catch(() => {});
    return turn;
  }

  async function makeRepository(): Promise<void> {
    await mkdir(gitDirectory, { recursive: true, mode: 0o700 });
    const format = await findFormat({ gitDirectory: options.gitDirectory });
    await git(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`], local);
    isMade = true;
  }

  async function list(): Promise<Map<string, string>> {
    const listed = remote
      ? await gitText(['ls-remote', '--end-of-options', remote.url, `${PREFIX}*`], network)
      : await gitText(['for-each-ref', '--format=%(objectname)%09%(refname)', PREFIX], local);
    const lines = listed.split('\n').filter((line) => line !== '');
    return new Map(
      lines.map((line) => [line.slice(line.indexOf('\t') + 1 + PREFIX.length), line.split('\t')[0] ?? '']),
    );
  }

  async function findCommit(day: string): Promise<string | undefined> {
    if (!remote) return (await list()).get(day);
    try {
      await git([...FETCH, '--end-of-options', remote.url, `+${toRef(day)}:${toRef(day)}`], network);
    } catch (error) {
      if (error instanceof GitError && /couldn't find remote ref/.test(error.stderr)) return undefined;
      throw error;
    }
    return gitText(['rev-parse', '--verify', toRef(day)], local);
  }

  async function move(day: string, from: string | undefined, to: string | null): Promise<boolean> {
    const ref = toRef(day);
    if (!remote) {
      const before = from ?? '0'.repeat((to ?? '').length);
      const args =
        to === null ? ['update-ref', '-d', ref, before] : ['update-ref', ref, checkSha(to), before];
      const { exitCode, stderr } = await git(args, { ...local, allowExitCodes: [0, 1, 128] });
      if (exitCode !== 0 && !LOST.test(stderr)) throw new GitError(args, exitCode, stderr);
      return exitCode === 0;
    }
    const args = [
      'push',
      '--porcelain',
      '--no-verify',
      '--no-signed',
      `--force-with-lease=${ref}:${from ?? ''}`,
    ];
    const pushed = await git([...args, '--end-of-options', remote.url, `${to ?? ''}:${ref}`], {
      ...network,
      allowExitCodes: [0, 1],
    });
    if (pushed.exitCode === 0) return true;
    const text = `${pushed.stdout.toString()}\n${pushed.stderr}`;
    if (LOST.test(text)) return false;
    throw new GitError(args, pushed.exitCode, text);
  }

  async function readDay(commit: string): Promise<DayContent | undefined> {
    const name = `${commit}^{tree}`;
    const tree = (await readObjects(gitDirectory, [name])).get(name);
    const entries = tree && parseTree(tree, formatOf(commit));
    return entries && { commit, blobs: new Map(entries.map(({ name: digest, id }) => [digest, id])) };
  }

  return {
    days: () =>
      act(async () => {
        const found = [...(await list())].map(([day, commit]) => ({ day, commit }));
        return found.filter(({ day }) => DAY.test(day)).sort((a, b) => (a.day < b.day ? -1 : 1));
      }),
    openDay: (day, known) =>
      act(async () => {
        const here = known === undefined ? undefined : await readDay(known);
        if (here) return here;
        const commit = await findCommit(day);
        return commit === undefined ? undefined : readDay(commit);
      }),
    read: (blobs) => act(() => readObjects(gitDirectory, blobs)),
    change: (day, { from, files, whole, now }) =>
      act(async () => {
        const format = from ? formatOf(from.commit) : await findFormat(local);
        const objects: NewObject[] = [];
        const entries = new Map<string, RawTreeEntry>(
          [...(from?.blobs ?? [])].map(([name, id]) => [name, { mode: '100644', name, id }]),
        );
        for (const [name, content] of files) {
          if (content === null) entries.delete(name);
          else {
            const blob = createObject('blob', content, format);
            objects.push(blob);
            entries.set(name, { mode: '100644', name, id: blob.id });
          }
        }
        const tree = createTree([...entries.values()], format);
        const commit = createObject(
          'commit',
          toCommit(tree.id, whole ? undefined : from?.commit, now),
          format,
        );
        const input = encodePack([...objects, tree, commit], format);
        await git(['unpack-objects', '-q', '--strict'], { ...local, input });
        return move(day, from?.commit, commit.id);
      }),
    remove: (day, from) => act(() => move(day, from, null)),
  };
}

const FETCH = ['fetch', '--no-progress', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--depth=1'];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Somebody else was first: git-push(1) and git-update-ref(1) in their own words. */
const LOST =
  /stale info|fetch first|non-fast-forward|reference already exists|incorrect old value|but expected|cannot lock ref|failed to update ref|remote ref does not exist/;

function toCommit(tree: string, parent: string | undefined, now: Date): string {
  const who = `${WHO} ${Math.floor(now.getTime() / 1000)} +0000`;
  const parents = parent === undefined ? [] : [`parent ${parent}`];
  return [`tree ${tree}`, ...parents, `author ${who}`, `committer ${who}`, '', 'content', ''].join('\n');
}

async function findFormat(options: GitOptions): Promise<ObjectFormat> {
  const format = await gitText(['rev-parse', '--show-object-format'], options);
  return format === 'sha256' ? 'sha256' : 'sha1';
}
