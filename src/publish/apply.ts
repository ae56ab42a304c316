import { sha256 } from '../core/digest.ts';
import { TammaError } from '../core/errors.ts';
import type { Intent, IntentOf } from '../core/intents.ts';
import type { Issue } from '../ports/platform/issues.ts';
import type { Platform } from '../ports/platform.ts';
import type { Repository } from '../ports/repository.ts';
import { applyBranch, applyDeleteBranch } from './branch.ts';
import { applyDispatch } from './dispatch.ts';
import type { Effect, Obstacle } from './effects.ts';
import type { LeakCheck, PublishScope } from './outgoing.ts';

/** What applying an intent works with. */
export type Publisher = {
  platform: Platform;
  repository: Pick<Repository, 'log' | 'treeOf' | 'changes' | 'readBlobs' | 'isAncestor' | 'mergeBase'>;
  leaks: LeakCheck;
  scope: PublishScope;
};

export type Applied = { status: 'applied'; effects: Effect[] } | { status: 'blocked'; obstacle: Obstacle };

/** Applies one intent and reads back what became of it. May be repeated. */
export function applyIntent(intent: Intent, publisher: Publisher): Promise<Applied> {
  switch (intent.kind) {
    case 'issue':
      return applyIssue(intent, publisher);
    case 'create-issue':
      return applyCreateIssue(intent, publisher);
    case 'branch':
      return applyBranch(intent, publisher);
    case 'delete-branch':
      return applyDeleteBranch(intent, publisher);
    case 'pull-request':
      return applyPullRequest(intent, publisher);
    case 'merge':
      return applyMerge(intent, publisher);
    case 'withdraw-merge':
      return applyWithdraw(intent, publisher);
    case 'dispatch':
      return applyDispatch(intent, publisher);
    case 'resolve-thread':
      return applyResolveThread(intent, publisher);
  }
}

async function applyIssue(intent: IntentOf<'issue'>, { platform }: Publisher): Promise<Applied> {
  const { kind, number, ...change } = intent;
  const { comment, ...rest } = change;
  if (platform.comments?.keep && comment && Object.values(rest).every((value) => value === undefined)) {
    await platform.comments.keep(number, comment);
    return { status: 'applied', effects: [toPublished(number, comment)] };
  }
  const issue = await platform.issues.update(number, dropUndefined(change));
  const us = change.assign ? await platform.actors.self() : undefined;
  // An app is no assignee anywhere: its claim stands in the log and in the labels.
  const self = us?.assignable === false ? undefined : us?.login;
  const missing = findMissing(intent, issue, self);
  if (missing)
    throw new TammaError('PUBLISH_FAILED', `issue #${number} was written and reads back without ${missing}`);
  const effects: Effect[] = [];
  if (self) effects.push({ kind: 'issue-assigned', number, assignee: self });
  if (change.addLabels || change.removeLabels)
    effects.push({ kind: 'issue-labeled', number, labels: issue.labels });
  if (change.comment) effects.push(toPublished(number, change.comment));
  if (change.close) effects.push({ kind: 'issue-closed', number, reason: change.close.reason });
  return { status: 'applied', effects };
}

function toPublished(number: number, { marker, body }: { marker: string; body: string }): Effect {
  return { kind: 'comment-published', number, marker, bodyDigest: sha256(body) };
}

/** What was asked for and is not there. Comments are known by their marker: platforms keep bodies in a form of their own. */
function findMissing(
  { addLabels = [], close, comment }: IntentOf<'issue'>,
  issue: Issue,
  self: string | undefined,
) {
  const label = addLabels.find((wanted) => !issue.labels.includes(wanted.trim()));
  if (label !== undefined) return `the label ${label}`;
  if (close && issue.state !== 'closed') return 'being closed';
  if (comment && !issue.comments.some(({ marker }) => marker === comment.marker))
    return `the comment ${comment.marker}`;
  return self !== undefined && !issue.assignees.includes(self) ? 'its assignee' : undefined;
}

async function applyCreateIssue(intent: IntentOf<'create-issue'>, { platform }: Publisher): Promise<Applied> {
  const { kind, ...draft } = intent;
  const { number, title } = await platform.issues.ensure(draft);
  return { status: 'applied', effects: [{ kind: 'issue-created', number, title }] };
}

async function applyPullRequest(
  intent: IntentOf<'pull-request'>,
  { platform, scope }: Publisher,
): Promise<Applied> {
  const { kind, ...draft } = intent;
  await checkBase(intent.base, platform);
  const pull = await platform.pulls.ensure({
    ...draft,
    draft: draft.draft && platform.capabilities.draftPulls,
  });
  const { number, url, branch, head: headSha } = pull;
  if (headSha !== intent.head) {
    return {
      status: 'blocked',
      obstacle: { kind: 'head-moved', pull: number, expected: intent.head, actual: headSha },
    };
  }
  // A run killed before it could record the pull request has made it all the same: the log's view decides.
  const isNew = pull.created || scope.pull === null;
  const facts = { number, url, headSha, draft: pull.draft };
  return {
    status: 'applied',
    effects: [isNew ? { kind: 'pull-created', branch, ...facts } : { kind: 'pull-updated', ...facts }],
  };
}

async function applyResolveThread(
  intent: IntentOf<'resolve-thread'>,
  { platform }: Publisher,
): Promise<Applied> {
  const { kind, ...request } = intent;
  await platform.reviews?.resolve(request);
  const { pull: number, marker, body } = intent;
  return {
    status: 'applied',
    effects: [{ kind: 'comment-published', number, marker, bodyDigest: sha256(body) }],
  };
}

/** Nothing to record: what is not merged is not. */
async function applyWithdraw(
  { pull }: IntentOf<'withdraw-merge'>,
  { platform }: Publisher,
): Promise<Applied> {
  await platform.pulls.withdraw?.(pull);
  return { status: 'applied', effects: [] };
}

async function applyMerge(intent: IntentOf<'merge'>, { platform }: Publisher): Promise<Applied> {
  const { pull, expectedHead, method, title, body, base } = intent;
  await checkBase(base, platform);
  if (!platform.capabilities.mergeMethods.includes(method)) {
    return {
      status: 'blocked',
      obstacle: { kind: 'not-allowed', pull, reason: `${platform.id} cannot merge by ${method}` },
    };
  }
  const result = await platform.pulls.merge({ number: pull, method, expectedHead, title, body });
  switch (result.status) {
    case 'merged': {
      const { mergeSha } = result;
      return {
        status: 'applied',
        effects: [
          { kind: 'pull-merged', number: pull, headSha: expectedHead, mergeSha, method, baseBranch: base },
        ],
      };
    }
    case 'head-moved':
      return {
        status: 'blocked',
        obstacle: { kind: 'head-moved', pull, expected: expectedHead, actual: result.head },
      };
    case 'conflict':
      return { status: 'blocked', obstacle: { kind: 'conflict', pull, files: result.files } };
    case 'outdated':
      return { status: 'blocked', obstacle: { kind: 'base-moved', pull, base } };
    case 'not-allowed':
      return { status: 'blocked', obstacle: { kind: 'not-allowed', pull, reason: result.reason } };
  }
}

/** Changes go to the default branch as it is called now, whatever an intent says. */
async function checkBase(base: string, platform: Platform): Promise<void> {
  const { name } = await platform.branches.getDefault();
  if (name !== base)
    throw new TammaError('POLICY_VIOLATION', `the default branch is ${name}; nothing goes to ${base}`);
}

type Change = Parameters<Platform['issues']['update']>[1];

function dropUndefined(change: Omit<IntentOf<'issue'>, 'kind' | 'number'>): Change {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Change;
}
