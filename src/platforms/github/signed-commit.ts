import { z } from 'zod';
import { TammaError } from '../../core/errors.ts';
import { readObjects } from '../../lib/git-objects.ts';
import type { PlatformCommit, PlatformCommitResult } from '../../ports/platform/branches.ts';
import { branchPattern, type Refs } from '../git/refs.ts';
import { hasType, isAmbiguous, refusedWith } from './failure.ts';
import type { Api } from './request.ts';

const answer = z.object({ createCommitOnBranch: z.object({ commit: z.object({ oid: z.string() }) }) });

/** What we send in one request; git carries the rest better. GitHub itself gives up on requests of some tens of MB. */
const MAX_FILES = 100;
const MAX_BYTES = 5_000_000;

type Content = string | Uint8Array;

/** `files`: regular files whole, null deletes. */
export type SignedCommit = {
  name: string;
  expected: string;
  message: string;
  files: ReadonlyMap<string, Content | null>;
  /** Default 100. */
  maxFiles?: number;
};

export type CommitDesk = { api: Api; refs: Refs; gitDirectory: string };

/**
 * A commit that GitHub makes and signs, on `expected` and on nothing else: a compare-and-swap on the server. It has no
 * way to say a file's mode or the author, so only regular files fit, and it is by whom the token is of.
 */
export async function commitOnBranch(
  desk: CommitDesk,
  { files, ...commit }: PlatformCommit,
): Promise<PlatformCommitResult> {
  const { name } = commit;
  if (!branchPattern.test(name)) {
    throw new TammaError(
      'POLICY_VIOLATION',
      `Tamma writes to branches named tamma/<number>-<slug> only, not to ${name}`,
    );
  }
  const contents = new Map([...files].map(([path, file]) => [path, file?.content ?? null]));
  const special = [...files].find(([, file]) => file && file.mode !== '100644');
  const reason = special ? `${special[0]} is no regular file (${special[1]?.mode})` : findExcess(contents);
  if (reason) return { status: 'unfit', reason };
  try {
    const head = await createSignedCommit(desk.api, { ...commit, files: contents });
    await desk.refs.find(`refs/heads/${name}`);
    return { status: 'written', head };
  } catch (error) {
    return settle(error, desk, { ...commit, files: contents });
  }
}

/** Why it is too much for one request; undefined where it is not. */
function findExcess(files: SignedCommit['files'], maxFiles = MAX_FILES): string | undefined {
  if (files.size > maxFiles) return `${files.size} files are more than ${maxFiles}`;
  const bytes = [...files.values()].reduce((sum, content) => sum + Buffer.byteLength(content ?? ''), 0);
  return bytes > MAX_BYTES ? `${bytes} bytes are more than ${MAX_BYTES}` : undefined;
}

/** The commit alone, on any branch: its id. Throws where GitHub refuses, and where nobody knows (`isAmbiguous`). */
export async function createSignedCommit(
  api: Api,
  { name, expected, message, files, maxFiles }: SignedCommit,
): Promise<string> {
  const excess = findExcess(files, maxFiles);
  if (excess) throw new TammaError('PLATFORM_REFUSED', `one commit by GitHub: ${excess}`);
  const [headline = '', ...rest] = message.split('\n');
  const input = {
    branch: { repositoryNameWithOwner: `${api.owner}/${api.repo}`, branchName: name },
    expectedHeadOid: expected,
    message: { headline, body: rest.join('\n').trim() },
    fileChanges: toFileChanges(files),
  };
  const { createCommitOnBranch } = await api.mutate(
    answer,
    `mutation commit($input: CreateCommitOnBranchInput!) {
      createCommitOnBranch(input: $input) { commit { oid } }
    }`,
    { input },
  );
  return createCommitOnBranch.commit.oid;
}

/** Base64 carries any bytes. */
function toFileChanges(files: SignedCommit['files']) {
  const entries = [...files];
  return {
    additions: entries.flatMap(([path, content]) =>
      content === null ? [] : [{ path, contents: Buffer.from(content).toString('base64') }],
    ),
    deletions: entries.flatMap(([path, content]) => (content === null ? [{ path }] : [])),
  };
}

/** Somebody was faster; or no answer came, and then the branch tells whether the commit is there. */
async function settle(
  error: unknown,
  { refs, gitDirectory }: CommitDesk,
  commit: SignedCommit,
): Promise<PlatformCommitResult> {
  const isStale =
    hasType(error, 'STALE_DATA') || /expected branch to point to/i.test(String((error as Error).message));
  const isLost = isAmbiguous(error);
  if (!isLost && !(isStale && refusedWith(error) !== undefined)) throw error;
  const head = (await refs.find(`refs/heads/${commit.name}`)) ?? null;
  if (head === commit.expected) throw error;
  const isOurs = isLost && head !== null && (await isSame(gitDirectory, head, commit));
  return isOurs ? { status: 'written', head } : { status: 'moved', head };
}

/** Whether a commit is the one that was asked for: on the same parent, with the same message and the same files. */
async function isSame(
  gitDirectory: string,
  head: string,
  { expected, message, files }: SignedCommit,
): Promise<boolean> {
  const found = await readObjects(gitDirectory, [
    head,
    ...[...files.keys()].map((path) => `${head}:${path}`),
  ]);
  const [headers = '', ...text] = (found.get(head)?.toString() ?? '').split('\n\n');
  const parents = [...headers.matchAll(/^parent (\S+)$/gm)].map(([, parent]) => parent);
  return (
    parents.join() === expected &&
    text.join('\n\n').trim() === message.trim() &&
    [...files].every(([path, content]) => {
      const there = found.get(`${head}:${path}`);
      return content === null ? !there : there?.equals(Buffer.from(content)) === true;
    })
  );
}
