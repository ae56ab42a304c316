import type { Decision } from '../core/decide.ts';
import { createDraft, isOfType, type LoggedEvent } from '../core/events/event.ts';
import type { ApprovalKind } from '../core/events/parts.ts';
import type { StepId } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';
import type { CommentPlace } from '../ports/platform/issues.ts';
import { fillEvents, TAMMA } from './fill-events.ts';
import { queryOfIssue, readEvents } from './read-state.ts';
import { recordEvents } from './record-events.ts';
import { sayRefusal } from './refusals.ts';
import { type Refusal, refuse } from './ruling.ts';
import type { Runtime } from './runtime.ts';
import { judgeSpeaker } from './who-may.ts';

type Use = { issue: number; state: LoopState; decision: Pick<Extract<Decision, { kind: 'run' }>, 'stepId'> };

/**
 * The log is evidence of an approval, never its authority: where a step is about to use one, whoever gave it must still
 * be allowed to, and what they said must still stand as it was written. Otherwise the approval is withdrawn on record,
 * the reason is told, and the loop goes back to asking. Answers whether that happened.
 */
export async function withdrawVoidApproval(runtime: Runtime, use: Use): Promise<boolean> {
  const { issue, state, decision } = use;
  const wanted = findUsed(state, decision.stepId);
  if (!wanted || !runtime.platform.comments) return false;
  const given = await findGrant(runtime, issue, wanted.digest);
  const refusal = given && (await findVoid(runtime, use, given));
  if (!refusal) return false;
  const { login } = given.metadata.actor;
  const reason = `the approval of ${login} no longer holds: ${refusal.message}`;
  const drafts = [createDraft('APPROVAL.WITHDRAWN', { ...wanted, code: refusal.code, reason })];
  const frame = {
    clock: runtime.clock,
    actor: TAMMA,
    correlationId: state.correlationId ?? runtime.clock.newId(),
    tags: { issueId: String(issue), runId: runtime.host.holder.runId, mode: runtime.config.mode },
  };
  const condition = { failIfEventsMatch: queryOfIssue(issue), after: state.position };
  const { status } = await recordEvents(runtime, fillEvents(drafts, frame), condition);
  if (status === 'appended')
    await sayRefusal(runtime, { state, page: issue, command: 'approve', message: reason });
  return true; // on a conflict too: what was decided on is no longer so
}

/** The approval that this step rests on: the plan's for its first code, the head's for the merge. */
function findUsed(state: LoopState, stepId: StepId): { kind: ApprovalKind; digest: string } | undefined {
  const [kind, digest] =
    stepId === 'MERGE'
      ? (['merge', state.head?.sha] as const)
      : stepId === 'CODE_GENERATION' && !state.implemented
        ? (['design', state.design?.digest] as const)
        : [];
  return kind && digest ? { kind, digest } : undefined;
}

/** The newest approval of this by a person; what a rule has approved, the rule's step judges. */
async function findGrant(
  { store }: Runtime,
  issue: number,
  digest: string,
): Promise<LoggedEvent | undefined> {
  const items = [{ types: ['APPROVAL.GRANTED'], tags: { issueId: String(issue) } }];
  const given = (await readEvents(store, { items })).findLast(
    (event) => isOfType(event, 'APPROVAL.GRANTED') && event.data.digest === digest,
  );
  return given && isOfType(given, 'APPROVAL.GRANTED') && given.data.by === 'person' ? given : undefined;
}

async function findVoid(
  runtime: Runtime,
  { issue, state }: Use,
  { metadata: { actor }, tags }: LoggedEvent,
): Promise<Refusal | undefined> {
  const { bar, unsure } = await judgeSpeaker(runtime, actor, 'approve');
  if (unsure) throw unsure;
  if (bar) return bar;
  const [, where, id] = /^(comment|review-comment|review)-(\d+)$/.exec(tags.source ?? '') ?? [];
  if (!id) return undefined; // given at a keyboard: there is nothing to look at again
  if (where === 'review') return findReviewGone(runtime, state, { id, author: actor.id });
  const pages = [issue, state.pull?.number].filter((number) => number !== undefined);
  return findCommentGone(
    runtime,
    pages.map((number) => ({ kind: where as CommentPlace['kind'], number, id })),
  );
}

async function findCommentGone(
  { platform }: Runtime,
  places: readonly CommentPlace[],
): Promise<Refusal | undefined> {
  for (const place of places) {
    const said = await platform.comments?.get(place);
    if (said) return said.editedAt === null ? undefined : refuse('edited', 'the comment was edited since');
  }
  return refuse('gone', 'the comment was deleted since');
}

/** Reviews are not edited but overruled: dismissed by somebody, or followed by another one of the same person. */
async function findReviewGone(
  { platform }: Runtime,
  { pull }: LoopState,
  { id, author }: { id: string; author: string },
): Promise<Refusal | undefined> {
  const reviews = pull ? ((await platform.reviews?.list(pull.number)) ?? []) : [];
  const own = reviews.filter((review) => review.author.id === author && review.state !== 'commented');
  if (own.find((review) => review.id === id)?.state !== 'approved')
    return refuse('gone', 'the review was dismissed since');
  return own.at(-1)?.state === 'changes-requested'
    ? refuse('gone', 'changes were asked for since')
    : undefined;
}
