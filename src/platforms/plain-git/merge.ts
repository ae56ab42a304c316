import { git, gitText } from '../../lib/git.ts';
import { findMergeBase, hasCommit } from '../../lib/git-objects.ts';
import type { MergeRequest, MergeResult, Pull } from '../../ports/platform/pulls.ts';
import { changePull } from './issue-change.ts';
import { toWriter } from './issues.ts';
import { buildMerge } from './merge-commit.ts';
import { changeTrunk, commitIssueText, getIssueFile, type PlainGit, type TrunkChange } from './trunk.ts';

type Base = { name: string; head: string };

/**
 * Merges exactly `expectedHead`, whatever the branch does meanwhile. The merge commit holds the project's change only;
 * a second commit marks the pull request as merged, and both come with one move of the default branch. A merge that a
 * killed run or a person has made is found again and answered with its first commit.
 */
export function mergePull(plain: PlainGit, request: MergeRequest): Promise<MergeResult> {
  return changeTrunk(plain, async (base) => {
    const { pull } = await getIssueFile(plain, base.head, request.number);
    if (!pull) return stop({ status: 'not-allowed', reason: `issue #${request.number} has no pull request` });
    if (pull.state === 'merged' && pull.head === request.expectedHead && pull.mergeSha) {
      return stop({ status: 'merged', mergeSha: pull.mergeSha, already: true });
    }
    if (pull.state === 'merged') return stop({ status: 'head-moved', head: pull.head });
    if (pull.state === 'closed') return stop({ status: 'not-allowed', reason: 'the pull request is closed' });
    return mergeOpen(plain, base, pull, request);
  });
}

async function mergeOpen(
  plain: PlainGit,
  base: Base,
  pull: Pull,
  request: MergeRequest,
): Promise<TrunkChange<MergeResult>> {
  const { gitDirectory, refs } = plain;
  const { expectedHead } = request;
  const ref = `refs/heads/${pull.branch}`;
  const head = await refs.find(ref);
  const mergeBase = (await hasCommit(gitDirectory, expectedHead))
    ? await findBaseInHistory(plain, base, { ref, head: expectedHead })
    : undefined;
  const earlier = mergeBase && (await findEarlierMerge(gitDirectory, base.head, mergeBase, request));
  if (earlier) return markMerged(plain, base.head, request, { mergeSha: earlier, already: true });
  if (!head) return stop({ status: 'not-allowed', reason: `the branch ${pull.branch} is gone` });
  if (head !== expectedHead) return stop({ status: 'head-moved', head });
  if (!mergeBase)
    return stop({
      status: 'not-allowed',
      reason: `${pull.branch} and ${base.name} have no history in common`,
    });

  const built = await buildMerge(plain, { onto: base.head, mergeBase, request });
  if (built.status !== 'built') return stop(built);
  const merged = await markMerged(plain, built.commit, request, { mergeSha: built.commit, already: false });
  return { ...merged, verify: { ref, at: expectedHead } };
}

function stop(value: MergeResult): TrunkChange<MergeResult> {
  return { head: null, value };
}

/** The commit that says so in the issue's file, on top of the merge. */
async function markMerged(
  plain: PlainGit,
  onto: string,
  { number, expectedHead }: MergeRequest,
  { mergeSha, already }: { mergeSha: string; already: boolean },
): Promise<TrunkChange<MergeResult>> {
  const value: MergeResult = { status: 'merged', mergeSha, already };
  const file = await getIssueFile(plain, onto, number);
  if (!file.pull) return { head: onto, value };
  const merged: Pull = { ...file.pull, state: 'merged', draft: false, head: expectedHead, mergeSha };
  const text = changePull(file, merged, toWriter(plain));
  if (text === undefined) return { head: onto, value };
  const message = `Mark the pull request of issue #${number} as merged (tamma)`;
  return { head: (await commitIssueText(plain, onto, { number, text, message })).head, value };
}

async function findBaseInHistory(
  { gitDirectory, refs }: PlainGit,
  base: Base,
  { ref, head }: { ref: string; head: string },
): Promise<string | undefined> {
  const found = await findMergeBase(gitDirectory, base.head, head);
  if (found || !(await refs.deepen([`refs/heads/${base.name}`, ref]))) return found;
  return findMergeBase(gitDirectory, base.head, head);
}

/**
 * A merge of this head that is in the default branch already: ours by its trailers, or a person's because the head is
 * in the history. Only commits since the two parted can be it.
 */
async function findEarlierMerge(
  gitDirectory: string,
  trunk: string,
  mergeBase: string,
  { number, expectedHead }: MergeRequest,
): Promise<string | undefined> {
  const format =
    '%H %(trailers:key=Tamma-Issue,valueonly,separator=%x2C) %(trailers:key=Tamma-Head,valueonly,separator=%x2C)';
  const args = ['log', '--max-count=5000', `--format=${format}`, trunk, `^${mergeBase}`];
  const lines = (await git(args, { gitDirectory })).stdout.toString().split('\n');
  const ours = lines.find((line) => line.endsWith(` ${number} ${expectedHead}`));
  if (ours) return ours.split(' ')[0];
  if (mergeBase !== expectedHead) return undefined;
  const path = await gitText(
    ['rev-list', '--first-parent', '--ancestry-path', '--reverse', trunk, `^${expectedHead}`],
    { gitDirectory },
  );
  return path.split('\n')[0] || trunk;
}
