import { GraphqlFailure } from '../graphql/failure.ts';
import type { AutoMerge, World } from '../state.ts';
import type { Place } from './events.ts';
import { tell } from './issues.ts';
import { enqueuePull } from './merge-queue.ts';
import { judgeMerge } from './mergeability.ts';
import { mergePull, type PullIssue } from './pulls.ts';
import { findMergeQueue, rulesFor } from './rules.ts';

/** Refused where the pull request could be merged at once, or never: auto-merge is for what waits (as GitHub words it). */
export async function setAutoMerge(
  place: Place,
  issue: PullIssue,
  order: Pick<AutoMerge, 'method' | 'title' | 'message'>,
): Promise<void> {
  const { repository, actor } = place;
  const refuse = (reason: string) => new GraphqlFailure('UNPROCESSABLE', `Pull request ${reason}`);
  if (!repository.settings.allowAutoMerge) throw refuse('Auto merge is not allowed for this repository');
  if (issue.state === 'closed') throw refuse('Pull request is closed');
  const { state } = await judgeMerge(repository, issue);
  if (!rulesFor(repository, issue.pull.base) && state !== 'clean') {
    throw refuse('Protected branch rules not configured for this branch');
  }
  if (['clean', 'unstable', 'dirty', 'unknown'].includes(state))
    throw refuse(`Pull request is in ${state} status`);
  issue.pull.autoMerge = { by: actor.user, kind: actor.kind, ...order };
  tell(place, issue, 'auto_merge_enabled');
}

/** Merges what waits for nothing any more, in the name of who enabled it. */
export async function mergeWhenReady(world: World): Promise<void> {
  for (const repository of world.repositories.values()) {
    for (const issue of repository.issues.values()) {
      const order = issue.pull?.autoMerge;
      if (!order || issue.state === 'closed') continue;
      const { refusal } = await judgeMerge(repository, issue);
      if (refusal) continue;
      if (findMergeQueue(repository, issue.pull?.base ?? '')) {
        const inQueue = { world, repository, actor: { user: order.by, kind: order.kind } };
        if (!issue.pull?.queued) await enqueuePull(inQueue, issue as PullIssue, { jump: false });
        continue;
      }
      const { method, title, message } = order;
      const place = { world, repository, actor: { user: order.by, kind: order.kind } };
      await mergePull(place, issue as PullIssue, { method, title, message });
    }
  }
}
