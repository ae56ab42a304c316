import type { MergeRequest } from '../../ports/platform/pulls.ts';
import { anything, type RawPull } from './answers.ts';
import { hasType, isAmbiguous, refusedWith } from './failure.ts';
import type { Api } from './request.ts';

/** What REST cannot do to a pull request. Each of these may be repeated. */

export async function markReady(api: Api, pullRequestId: string): Promise<void> {
  await api.mutate(
    anything,
    `mutation markReady($pullRequestId: ID!) {
      markPullRequestReadyForReview(input: { pullRequestId: $pullRequestId }) { pullRequest { isDraft } }
    }`,
    { pullRequestId },
  );
}

/**
 * Leaves the merge to GitHub once its rules are met. The head is compared now and not then. `ready`: nothing stands in
 * the way any more, so it can be merged at once.
 */
export async function enableAutoMerge(
  api: Api,
  raw: RawPull,
  request: MergeRequest,
): Promise<'on' | 'ready' | 'refused'> {
  if (raw.auto_merge) return 'on';
  const { expectedHead: expectedHeadOid, method, title: commitHeadline, body: commitBody } = request;
  const input = { pullRequestId: raw.node_id, expectedHeadOid, mergeMethod: method.toUpperCase() };
  try {
    await api.mutate(
      anything,
      `mutation enableAutoMerge($input: EnablePullRequestAutoMergeInput!) {
        enablePullRequestAutoMerge(input: $input) { pullRequest { number } }
      }`,
      { input: { ...input, ...(method === 'rebase' ? {} : { commitHeadline, commitBody }) } },
    );
    return 'on';
  } catch (error) {
    if (isAmbiguous(error) || refusedWith(error) === undefined) throw error;
    return /clean status/i.test((error as Error).message) ? 'ready' : 'refused';
  }
}

/** `queued`, or why not in GitHub's words. */
export async function enqueue(api: Api, raw: RawPull, { expectedHead }: MergeRequest): Promise<string> {
  try {
    await api.mutate(
      anything,
      `mutation enqueue($input: EnqueuePullRequestInput!) {
        enqueuePullRequest(input: $input) { mergeQueueEntry { state } }
      }`,
      { input: { pullRequestId: raw.node_id, expectedHeadOid: expectedHead } },
    );
    return 'queued';
  } catch (error) {
    if (isAmbiguous(error) || refusedWith(error) === undefined || hasType(error, 'NOT_FOUND')) throw error;
    const { message } = error as Error;
    return /already (?:in|queued)/i.test(message) ? 'queued' : message.replace(/^GitHub, [^:]*: \d* ?/, '');
  }
}

type Desk = { api: Api; self: () => Promise<{ id: string }> };

/** Takes back an auto-merge of ours: a head that nobody approved must not be merged by it. A person's stays. */
export async function stopAutoMerge({ api, self }: Desk, raw: RawPull): Promise<void> {
  if (!raw.auto_merge || String(raw.auto_merge.enabled_by?.id) !== (await self()).id) return;
  await takeBack(
    api,
    `mutation disableAutoMerge($id: ID!) {
      disablePullRequestAutoMerge(input: { pullRequestId: $id }) { pullRequest { number } }
    }`,
    raw.node_id,
  );
}

export async function leaveQueue(api: Api, raw: RawPull): Promise<void> {
  await takeBack(
    api,
    `mutation dequeue($id: ID!) {
      dequeuePullRequest(input: { id: $id }) { mergeQueueEntry { state } }
    }`,
    raw.node_id,
  );
}

/** What is refused is over already. */
async function takeBack(api: Api, mutation: string, id: string): Promise<void> {
  try {
    await api.mutate(anything, mutation, { id });
  } catch (error) {
    if (isAmbiguous(error) || refusedWith(error) === undefined) throw error;
  }
}
