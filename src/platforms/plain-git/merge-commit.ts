import { git, gitText } from '../../lib/git.ts';
import { mergeCommits, writeCommit } from '../../lib/git-objects.ts';
import type { MergeRequest, MergeResult } from '../../ports/platform/pulls.ts';
import type { PlainGit } from './trunk.ts';

export type MergePlan = { onto: string; mergeBase: string; request: MergeRequest };

export type BuiltMerge =
  | { status: 'built'; commit: string }
  | Extract<MergeResult, { status: 'conflict' | 'not-allowed' }>;

/** The commit or commits of a merge, made in memory; no ref moves. */
export function buildMerge(plain: PlainGit, plan: MergePlan): Promise<BuiltMerge> {
  return plan.request.method === 'rebase' ? replay(plain, plan) : joinTrees(plain, plan);
}

async function joinTrees(plain: PlainGit, { onto, request }: MergePlan): Promise<BuiltMerge> {
  const { expectedHead, method } = request;
  const merged = await mergeCommits(plain.gitDirectory, onto, expectedHead);
  if (merged.status === 'unrelated')
    return { status: 'not-allowed', reason: 'the branches have no history in common' };
  if (merged.status === 'conflict') return { status: 'conflict', files: merged.files };
  const identity = plain.identity();
  const commit = await writeCommit(plain.gitDirectory, {
    tree: merged.tree,
    parents: method === 'squash' ? [onto] : [onto, expectedHead],
    message: withTrailers(`${request.title}\n\n${request.body}`, request),
    author: identity,
    committer: identity,
    date: plain.clock.now(),
  });
  return { status: 'built', commit };
}

type Replayed = { tree: string; name: string; email: string; date: string; message: string };

/**
 * The branch's own commits, one after the other, on top of `onto`, each with its author; one that changes nothing any
 * more is left out. A branch that holds merges has no such line and says so.
 */
async function replay(plain: PlainGit, plan: MergePlan): Promise<BuiltMerge> {
  const { gitDirectory, clock } = plain;
  const { onto, request } = plan;
  const steps: Replayed[] = [];
  let tree = await gitText(['rev-parse', `${onto}^{tree}`], { gitDirectory });
  for (const commit of await listCommits(gitDirectory, plan)) {
    const [parent = '', ...others] = commit.parents;
    if (others.length > 0)
      return {
        status: 'not-allowed',
        reason: 'a branch that holds merges cannot be rebased; merge it by squash',
      };
    // merge-tree of git 2.38 takes no base; a commit with our tree and the parent of the other gives it one.
    const author = { name: 'tamma', email: 'tamma' };
    const stand = await writeCommit(gitDirectory, {
      tree,
      parents: [parent],
      message: '',
      author,
      committer: author,
      date: clock.now(),
    });
    const merged = await mergeCommits(gitDirectory, stand, commit.sha);
    if (merged.status !== 'clean')
      return { status: 'conflict', files: merged.status === 'conflict' ? merged.files : [] };
    if (merged.tree !== tree) steps.push({ ...commit, tree: merged.tree });
    tree = merged.tree;
  }
  if (steps.length === 0)
    return { status: 'not-allowed', reason: 'the default branch holds every change of the branch already' };
  return { status: 'built', commit: await chain(plain, { onto, request, steps }) };
}

async function chain(
  plain: PlainGit,
  { onto, request, steps }: { onto: string; request: MergeRequest; steps: readonly Replayed[] },
): Promise<string> {
  let parent = onto;
  for (const [index, { tree, name, email, date, message }] of steps.entries()) {
    parent = await writeCommit(plain.gitDirectory, {
      tree,
      parents: [parent],
      message: index === steps.length - 1 ? withTrailers(message, request) : message,
      author: { name, email },
      committer: plain.identity(),
      date: plain.clock.now(),
      authorDate: date,
    });
  }
  return parent;
}

async function listCommits(gitDirectory: string, { mergeBase, request }: MergePlan) {
  const format = '--format=%H%x00%P%x00%an%x00%ae%x00%ad%x00%B%x01';
  const args = [
    'log',
    '--reverse',
    '--topo-order',
    '--date=raw',
    format,
    request.expectedHead,
    `^${mergeBase}`,
  ];
  const entries = (await git(args, { gitDirectory })).stdout
    .toString()
    .split('\u0001\n')
    .filter((entry) => entry !== '');
  return entries.map((entry) => {
    const [sha = '', parents = '', name = '', email = '', date = '', message = ''] = entry.split('\0');
    return { sha, parents: parents.split(' '), name, email, date, message };
  });
}

/** Trailers are read from the last paragraph only, so nothing in the text above can pass for them. */
function withTrailers(text: string, { number, expectedHead }: MergeRequest): string {
  return `${text.trim()}\n\nTamma-Issue: ${number}\nTamma-Head: ${expectedHead}\n`;
}
