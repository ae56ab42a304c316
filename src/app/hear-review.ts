import type { LoopOutline, LoopState } from '../core/state.ts';
import { sanitiseText } from '../core/text/sanitise.ts';
import type { Review } from '../ports/platform/pulls.ts';
import { readAnswers } from './commands.ts';
import { type Heard, ignore, obey } from './hear.ts';
import { readState } from './read-state.ts';
import type { Runtime } from './runtime.ts';
import { judgeSpeaker } from './who-may.ts';

type PullReview = { issue: number; pull: number; id: string };
type Reviewed = { issue: number; state: LoopState; review: Review };

/**
 * A review of our pull request as an answer: an approval approves the head it looked at and no other; a request for
 * changes, or remarks on lines, send the change back. Read again from the platform; carried out once.
 */
export async function hearReview(runtime: Runtime, { issue, pull, id }: PullReview): Promise<Heard> {
  const state = await readState(runtime.store, issue);
  if (!runtime.platform.reviews || state.pull?.number !== pull)
    return ignore('the pull request is not the one of this issue');
  const review = (await runtime.platform.reviews.list(pull)).find((candidate) => candidate.id === id);
  return review ? answerReview(runtime, { issue, state, review }) : ignore('the review is gone');
}

/** Reviews of the head that waits for approval and that nobody has heard: what was answered once is not done again. */
export async function hearReviews(
  runtime: Runtime,
  issue: number,
  { wait, requestedApproval, pull }: LoopOutline,
): Promise<Heard[]> {
  const head = findReviewedHead({ wait, requestedApproval });
  if (!runtime.platform.reviews || !pull || !head) return [];
  const onHead = (await runtime.platform.reviews.list(pull.number)).filter((one) => one.head === head);
  if (onHead.length === 0) return [];
  const known = new Set((await readAnswers(runtime, issue)).flatMap(({ tags }) => tags.source ?? []));
  const heard: Heard[] = [];
  for (const review of onHead) {
    if (known.has(sourceOf(review))) continue;
    const state = await readState(runtime.store, issue);
    heard.push(await answerReview(runtime, { issue, state, review }));
  }
  return heard;
}

/** The commit that waits for somebody to approve the merge. */
function findReviewedHead({
  wait,
  requestedApproval,
}: Pick<LoopOutline, 'wait' | 'requestedApproval'>): string | undefined {
  return wait?.for === 'approval' && requestedApproval?.kind === 'merge'
    ? requestedApproval.digest
    : undefined;
}

/** What waits for nobody's word is left alone: CI_CHECK and APPROVAL_GATE look at the reviews themselves. */
async function answerReview(runtime: Runtime, { issue, state, review }: Reviewed): Promise<Heard> {
  const order = await toOrder(runtime, { issue, state, review });
  if (!order) return ignore('it asks for nothing');
  if (state.wait?.for === 'ci') return wakeCheck(runtime, { issue, state, review });
  if (!findReviewedHead(state)) return ignore('nothing waits for a review');
  const page = state.pull?.number;
  const said = { by: review.author, source: sourceOf(review), ...(page ? { page } : {}) };
  return obey(runtime, { issue, ...order, ...said });
}

function sourceOf({ id }: Review): string {
  return `review-${id}`;
}

/** While the checks run, CI_CHECK takes what is asked for together with what they say. */
async function wakeCheck(runtime: Runtime, { issue, state, review }: Reviewed): Promise<Heard> {
  if (review.state === 'approved') return ignore('the checks come first');
  const { bar } = await judgeSpeaker(runtime, review.author, 'revise');
  if (bar) return ignore(bar.message);
  const message = 'it is looked at with the checks';
  return { status: 'answered', issue, command: 'revise', accepted: true, message, state, goOn: true };
}

type Order = { command: string; argument: string };

/** What a review says as a command. Other bots talk about every change there is: of them only an approval is one. */
async function toOrder(runtime: Runtime, reviewed: Reviewed): Promise<Order | undefined> {
  const { state, head, author } = reviewed.review;
  if (state === 'approved') return { command: 'approve', argument: head };
  if (state === 'dismissed' || author.kind !== 'human') return undefined;
  const remarks = await listRemarks(runtime, reviewed);
  return remarks.length > 0
    ? { command: 'revise', argument: remarks.join('\n\n').slice(0, 4000) }
    : undefined;
}

/** What is asked for: the text of a request for changes, and every remark on a line. */
async function listRemarks({ platform }: Runtime, { state, review }: Reviewed): Promise<string[]> {
  const threads = state.pull ? ((await platform.reviews?.threads(state.pull.number)) ?? []) : [];
  const onLines = threads
    .filter(({ resolved }) => !resolved)
    .flatMap(({ path, line, comments }) =>
      comments
        .filter(({ reviewId }) => reviewId === review.id)
        .map(({ body }) => `${path}${line ? `:${line}` : ''}: ${sanitiseText(body).text}`),
    );
  const text = review.state === 'changes-requested' ? sanitiseText(review.body).text.trim() : '';
  return [...(text ? [text] : []), ...onLines];
}
