import { TammaError } from '../../core/errors.ts';
import { mergeCommits } from '../../lib/git-objects.ts';
import type { RulePort } from '../../ports/platform/branches.ts';
import type { MergeRequest, MergeResult } from '../../ports/platform/pulls.ts';
import type { Refs } from '../git/refs.ts';
import { pull, type RawPullDetail } from './answers.ts';
import { stopAutoMerge } from './pull-mutations.ts';
import type { Api } from './request.ts';
import type { Self } from './self.ts';

/** What the pull request port works with. */
export type PullDesk = {
  api: Api;
  refs: Refs;
  gitDirectory: string;
  rules: RulePort;
  self: () => Promise<Pick<Self, 'id'>>;
};

export async function getPull(api: Api, number: number): Promise<RawPullDetail> {
  const found = await api.find(pull, 'GET /repos/{owner}/{repo}/pulls/{pull_number}', {
    pull_number: number,
  });
  if (found) return found;
  throw new TammaError('REALITY_DISAGREES', `${api.owner}/${api.repo} has no pull request #${number}`);
}

/** What is decided already, by whomever. A merge of another head is not the one that was asked for. */
export async function findSettled(
  desk: PullDesk,
  raw: RawPullDetail,
  { expectedHead }: MergeRequest,
): Promise<MergeResult | undefined> {
  if (raw.merged_at) {
    const isOurs = raw.head.sha === expectedHead && raw.merge_commit_sha;
    return isOurs
      ? { status: 'merged', mergeSha: raw.merge_commit_sha ?? '', already: true }
      : { status: 'head-moved', head: raw.head.sha };
  }
  if (raw.state === 'closed') return { status: 'not-allowed', reason: 'the pull request is closed' };
  if (raw.head.sha === expectedHead) return undefined;
  // The pull request follows its branch with a delay.
  const head = (await desk.refs.find(`refs/heads/${raw.head.ref}`)) ?? raw.head.sha;
  if (head === expectedHead) return undefined;
  await stopAutoMerge(desk, raw);
  return { status: 'head-moved', head };
}

export async function findConflict(
  { refs, gitDirectory }: PullDesk,
  raw: RawPullDetail,
  { expectedHead }: MergeRequest,
): Promise<MergeResult | undefined> {
  const { mergeable, mergeable_state: state } = raw;
  if (mergeable !== false || (state && state !== 'dirty')) return undefined;
  // GitHub says that there is a conflict and not where: the same merge on this machine tells.
  const base = await refs.find(`refs/heads/${raw.base.ref}`);
  await refs.find(`refs/heads/${raw.head.ref}`);
  const attempt = base ? await mergeCommits(gitDirectory, base, expectedHead) : undefined;
  return { status: 'conflict', files: attempt?.status === 'conflict' ? attempt.files : [] };
}
