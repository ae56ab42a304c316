import type { Intent, IntentOf } from '../core/intents.ts';
import type { LoopState } from '../core/state.ts';
import { prefixOf } from '../report/render-options.ts';
import { renderPullComment, renderStickyComment } from '../report/sticky-comment.ts';
import type { Trouble } from '../report/trouble.ts';
import { publishOutcome } from './publish-outcome.ts';
import type { Runtime } from './runtime.ts';

/** The one comment that Tamma keeps on an issue where comments cost nothing but attention. */
export const STICKY = 'status';

type Outcome = {
  issue: number;
  /** The state as it will be once the step is recorded. */
  ahead: LoopState;
  intents: readonly Intent[];
};

/**
 * The intents with all that would be said on the issue in one comment, edited in place: where the loop stands and what
 * it asks. Written at turning points only. Where every comment is a commit, each keeps its own.
 */
export function withSticky(runtime: Runtime, { issue, ahead, intents }: Outcome): Intent[] {
  if (runtime.platform.capabilities.issueWrites !== 'api') return [...intents];
  const said = intents.filter((intent) => isOnIssue(intent, issue));
  const words = said.flatMap((intent) => intent.comment?.body ?? []);
  if (words.length === 0 && !isTurningPoint(ahead)) return [...intents];
  const comment = { marker: STICKY, body: renderSticky(runtime, { issue, state: ahead, words }) };
  const last = said.at(-1);
  const told = intents.map((intent) => {
    if (!isOnIssue(intent, issue)) return intent;
    const { comment: _, ...rest } = intent;
    return intent === last ? { ...rest, comment } : rest;
  });
  return [
    ...told,
    ...(last ? [] : [{ kind: 'issue' as const, number: issue, comment }]),
    ...tellReviewers(runtime, { issue, ahead }),
  ];
}

/** Platforms where a pull request takes comments by its number as an issue does. */
const ONE_NUMBERING: readonly string[] = ['github', 'gitea', 'forgejo'];

/**
 * The same on the pull request, in short: who stands there should not have to look for the issue. Only where somebody is
 * asked, and at the end: that work goes on shows there anyway.
 */
function tellReviewers(
  { platform }: Runtime,
  { issue, ahead: state }: Pick<Outcome, 'issue' | 'ahead'>,
): Intent[] {
  if (!state.pull || state.status === 'active' || !ONE_NUMBERING.includes(platform.id)) return [];
  const body = renderPullComment(state, { issue, commandPrefix: prefixOf(platform.capabilities) });
  return [{ kind: 'issue', number: state.pull.number, comment: { marker: STICKY, body } }];
}

/** The comment as it should be now. A request for approval shows what the state does not keep, and is not touched. */
export async function refreshSticky(
  runtime: Runtime,
  { issue, state, trouble }: { issue: number; state: LoopState; trouble?: Trouble },
): Promise<void> {
  const isAsking = state.wait?.for === 'approval';
  if (runtime.platform.capabilities.issueWrites !== 'api' || isAsking) return;
  const words =
    state.position === 0
      ? ['Tamma has not begun with this issue. Somebody with write access can begin: `/tamma run`.']
      : [];
  const body = renderSticky(runtime, { issue, state, words, trouble });
  const intents: Intent[] = [{ kind: 'issue', number: issue, comment: { marker: STICKY, body } }];
  await publishOutcome(runtime, { issue, state, intents });
}

export function renderSticky(
  { platform, anchors }: Pick<Runtime, 'platform' | 'anchors'>,
  {
    issue,
    state,
    words = [],
    trouble,
  }: { issue: number; state: LoopState; words?: readonly string[]; trouble?: Trouble | undefined },
): string {
  return renderStickyComment(state, {
    issue,
    commandPrefix: prefixOf(platform.capabilities),
    words,
    trouble,
    anchor: anchors.seen(),
  });
}

function isOnIssue(intent: Intent, issue: number): intent is IntentOf<'issue'> {
  return intent.kind === 'issue' && intent.number === issue;
}

/** Steps after which somebody who looks at the issue should see something new; the rest shows with the next of them. */
const TOLD = ['ISSUE_ASSIGNMENT', 'DESIGN', 'PR_CREATION', 'MERGE'];

function isTurningPoint({ status, wait, cursor, steps }: LoopState): boolean {
  // Looking again gives the same text, which is not written; what changed meanwhile must not stand there any longer.
  if (status === 'waiting') return wait?.for === 'ci' || wait?.for === 'platform';
  if (status !== 'active') return status !== 'new';
  const isSentBack =
    cursor === 'CODE_GENERATION' && Object.values(steps).some((step) => step.status === 'gate-failed');
  const newest = Object.entries(steps).findLast(([, step]) => step.runs > 0)?.[0] ?? '';
  return isSentBack || TOLD.includes(newest);
}
