import type { MergeRequest, MergeResult } from '../../ports/platform/pulls.ts';
import { merged } from './answers.ts';
import { isAmbiguous, refusedWith } from './failure.ts';
import { findConflict, findSettled, getPull, type PullDesk } from './merge-look.ts';
import { settleRefusal } from './merge-refusal.ts';
import { markReady } from './pull-mutations.ts';
import type { Api } from './request.ts';

/** GitHub works out mergeability after every move of either branch, mostly within a few seconds. */
const LOOKS = 6;

/**
 * Merges exactly `expectedHead`: GitHub itself compares it. Whatever keeps it from happening is found out by looking
 * at the pull request again, so a lost answer, a second run and a person who was faster all end in the same result.
 */
export async function mergePull(desk: PullDesk, request: MergeRequest): Promise<MergeResult> {
  const { api } = desk;
  let refusal = '';
  for (let look = 0; look < LOOKS; look += 1) {
    if (look > 0) await api.pause(Math.min(look - 1, 2));
    const raw = await getPull(api, request.number);
    const settled = (await findSettled(desk, raw, request)) ?? (await findConflict(desk, raw, request));
    if (settled) return settled;
    if (raw.mergeable === null && look + 1 < LOOKS) continue;
    // The merge was approved, and a draft cannot be merged.
    if (raw.draft) await markReady(api, raw.node_id);
    const attempt = await tryMerge(api, request);
    if (typeof attempt !== 'string') return attempt;
    refusal = attempt;
    if (!isPassing(refusal, look)) break;
  }
  const settled = await settleRefusal(desk, request, refusal);
  if (settled !== 'ready') return settled;
  const attempt = await tryMerge(api, request);
  return typeof attempt === 'string' ? { status: 'not-allowed', reason: attempt } : attempt;
}

/** Merged, or why not in GitHub's words; where no answer came, words that ask for another look. */
async function tryMerge(api: Api, request: MergeRequest): Promise<MergeResult | string> {
  const { number, method, expectedHead, title, body } = request;
  try {
    const { sha } = await api.write(merged, 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {
      pull_number: number,
      sha: expectedHead,
      merge_method: method,
      ...(method === 'rebase' ? {} : { commit_title: title, commit_message: body }),
    });
    return { status: 'merged', mergeSha: sha, already: false };
  } catch (error) {
    if (isAmbiguous(error)) return 'no answer came: try again';
    const status = refusedWith(error);
    if (status === 409) return 'the head moved: try again';
    if (status !== 405 && status !== 422 && status !== 403) throw error;
    return (error as Error).message.replace(/^GitHub, [^:]*: \d* ?/, '').split('; ')[0] ?? '';
  }
}

/** What is over in a moment: another merge into the same base, a mergeability that is worked out anew. */
function isPassing(refusal: string, look: number): boolean {
  if (/not mergeable/i.test(refusal)) return look < 2;
  return /try (?:again|the merge again|later)|merge (?:is )?already in progress/i.test(refusal);
}
