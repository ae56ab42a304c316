import { createDraft, type EventDraft } from '../core/events/event.ts';
import type { Effect, EffectOf } from './effects.ts';

type Row<K extends Effect['kind']> = (effect: EffectOf<K>) => EventDraft;

const prTag = (number: number) => ({ prId: String(number) });

/** One row an effect: the event that says it happened. */
const rows: { [K in Effect['kind']]: Row<K> } = {
  'branch-created': ({ branch, sha, baseSha }) =>
    createDraft('BRANCH.CREATED.SUCCESS', { branch, sha, baseSha }),
  'branch-updated': ({ branch, from, sha }) => createDraft('BRANCH.UPDATED.SUCCESS', { branch, from, sha }),
  'branch-deleted': ({ branch, sha }) => createDraft('BRANCH.DELETED.SUCCESS', { branch, sha }),
  'commit-created': ({ branch, sha, message }) =>
    createDraft('COMMIT.CREATED.SUCCESS', { sha, message, branch }),
  'pull-created': ({ kind: _, ...data }) => createDraft('PR.CREATED.SUCCESS', data, prTag(data.number)),
  'pull-updated': ({ kind: _, ...data }) => createDraft('PR.UPDATED.SUCCESS', data, prTag(data.number)),
  'pull-merged': ({ kind: _, ...data }) => createDraft('PR.MERGED.SUCCESS', data, prTag(data.number)),
  'issue-assigned': ({ number, assignee }) => createDraft('ISSUE.ASSIGNED.SUCCESS', { number, assignee }),
  'issue-labeled': ({ number, labels }) =>
    createDraft('ISSUE.LABELED.SUCCESS', { number, labels: labels.slice(0, 100) }),
  'issue-closed': ({ number, reason }) => createDraft('ISSUE.CLOSED.SUCCESS', { number, reason }),
  'issue-created': ({ number, title }) =>
    createDraft('ISSUE.CREATED.SUCCESS', { number, title: title.slice(0, 500) }),
  'workflow-dispatched': ({ kind: _, url, ...data }) =>
    createDraft('DISPATCH.STARTED.SUCCESS', { ...data, ...(url ? { url: url.slice(0, 500) } : {}) }),
  'comment-published': ({ kind: _, ...data }) => createDraft('COMMENT.PUBLISHED.SUCCESS', data),
};

/** Events for the log, in the order in which the effects happened. */
export function toEvents(effects: readonly Effect[]): EventDraft[] {
  return effects.map((effect) => (rows[effect.kind] as Row<Effect['kind']>)(effect as never));
}
