import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GitError, type GitOptions, git } from '../../lib/git.ts';
import type { ObjectFormat } from '../../lib/git-object-format.ts';
import { waitWithJitter } from '../../lib/jitter.ts';
import type { Remote } from './remote.ts';

export type PrivatePlace = { gitDirectory: string; branch: string; remote: Remote };

/** Bare, and of no use to anybody else: parts of a branch that lives elsewhere, in our own folder of a git directory. */
export function toPrivatePath(
  { gitDirectory, branch, remote }: PrivatePlace,
  kind: 'parts' | 'whole',
): string {
  const key = createHash('sha256').update(`${remote.url}\n${branch}`).digest('hex').slice(0, 24);
  return join(gitDirectory, 'tamma', `log-${key}-${kind}.git`);
}

/** With so many packs a repository of parts is thrown away: it is only a cache, and each of them slows every read. */
const MOST_PACKS = 400;

/** Makes the repository if it is not there. Several processes may do so at once: one of theirs is used by all. */
export async function preparePrivate(path: string, format: ObjectFormat): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  const state = await inspect(path, format);
  if (state === 'usable') return;
  await mkdir(dirname(path), { recursive: true });
  if (state === 'unusable') await rename(path, `${draft}-old`).catch(() => {}); // somebody else did
  await git(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, draft]);
  try {
    await rename(draft, path);
  } catch (error) {
    if ((await inspect(path, format)) !== 'usable') throw error;
  } finally {
    for (const left of [draft, `${draft}-old`])
      await rm(left, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function inspect(path: string, format: ObjectFormat): Promise<'absent' | 'usable' | 'unusable'> {
  const text = await readFile(join(path, 'config'), 'utf8').catch(() => undefined);
  if (text === undefined) return 'absent';
  const packs = await readdir(join(path, 'objects', 'pack')).catch(() => []);
  const isOfFormat = /objectformat = sha256/i.test(text) === (format === 'sha256');
  return isOfFormat && packs.length < 2 * MOST_PACKS ? 'usable' : 'unusable';
}

/** A dead connection is given up after half a minute without a byte. */
const NETWORK = { 'http.lowSpeedLimit': '1', 'http.lowSpeedTime': '30' };
export const FETCH_TIMEOUT_MS = 600_000;
export const PUSH_TIMEOUT_MS = 60_000;

/** How git reaches the remote, from a repository that knows nothing of it. */
export function toNetwork({ url, authorization, environment }: Remote): GitOptions {
  return {
    config: NETWORK,
    ...(authorization ? { authorization: { url, header: authorization } } : {}),
    ...(environment ? { env: environment } : {}),
  };
}

const FETCH = [
  'fetch',
  '--quiet',
  '--no-progress',
  '--no-tags',
  '--no-prune',
  '--no-write-fetch-head',
  '--no-auto-gc',
  '--no-recurse-submodules',
];

export type FetchPlan = {
  path: string;
  remote: Remote;
  /** Refs with where they go, or object ids. */
  wants: readonly string[];
  /** Leaves out trees and files that nobody names. */
  isSparse: boolean;
  depth?: number;
  /** False: nothing is said of what is here already. */
  negotiates: boolean;
};

/**
 * One fetch. That objects are missing here is told to this command only (git-config(1), remote.<name>.promisor): others
 * would go and fetch what they miss, one by one.
 */
export async function fetchInto({
  path,
  remote,
  wants,
  isSparse,
  depth,
  negotiates,
}: FetchPlan): Promise<void> {
  const network = toNetwork(remote);
  const args = [
    ...FETCH,
    ...(isSparse ? [] : ['--no-filter']),
    ...(depth === undefined ? [] : [`--depth=${depth}`]),
    '--stdin',
    '--end-of-options',
    'tamma',
  ];
  await fetchPatiently(args, {
    ...network,
    gitDirectory: path,
    input: wants.map((want) => `${want}\n`).join(''),
    config: {
      ...network.config,
      'remote.tamma.url': remote.url,
      'remote.tamma.promisor': 'true',
      'remote.tamma.partialCloneFilter': 'tree:0',
      ...(negotiates ? {} : { 'fetch.negotiationAlgorithm': 'noop' }),
    },
  });
}

const LOCK_TRIES = 20;

/** Other processes of ours may fetch into the same repository: their locks are over in a moment. */
async function fetchPatiently(args: readonly string[], options: GitOptions): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await git(args, { ...options, timeoutMs: FETCH_TIMEOUT_MS });
      return;
    } catch (error) {
      const text = error instanceof GitError ? error.stderr : '';
      if (tries >= LOCK_TRIES || !/cannot lock ref|\.lock': File exists|shallow file has changed/.test(text))
        throw error;
      await waitWithJitter(tries);
    }
  }
}

/** The whole branch with its history in a repository of its own, brought up to date. */
export async function openWhole(
  place: PrivatePlace,
  format: ObjectFormat,
): Promise<{ gitDirectory: string }> {
  const path = toPrivatePath(place, 'whole');
  const { remote, branch } = place;
  await preparePrivate(path, format);
  const network = toNetwork(remote);
  await fetchPatiently([...FETCH, '--end-of-options', remote.url, `+refs/heads/${branch}:refs/tamma/whole`], {
    ...network,
    gitDirectory: path,
  });
  return { gitDirectory: path };
}

/** Moves a ref of a private repository, without a process. What is lost of it is fetched again. */
export async function writePrivateRef(path: string, ref: string, id: string): Promise<void> {
  const file = join(path, ref);
  const draft = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, `${id}\n`);
  await rename(draft, file);
}
