import type { Finding } from '../core/events/parts.ts';
import type { Intent } from '../core/intents.ts';
import { sanitiseText } from '../core/text/sanitise.ts';
import type { Comment } from '../ports/platform/issues.ts';
import type { Review, ReviewThread } from '../ports/platform/pulls.ts';
import type { StepContext } from '../ports/step.ts';

/** What reviewers ask for on the present head, and what an earlier one of ours has answered. */
export type ReviewRequests = {
  findings: Finding[];
  /** Threads whose newest word was said before the work on this head began. */
  answered: Intent[];
};

const NONE: ReviewRequests = { findings: [], answered: [] };

/** Reads reviews and threads now. Only people who may write count, by their permission at this moment. */
export async function readReviewRequests(context: StepContext, head: string): Promise<ReviewRequests> {
  const { platform, state } = context;
  const pull = state.pull?.number;
  if (!platform.reviews || pull === undefined) return NONE;
  const isWriter = rememberWriters(context);
  const findings: Finding[] = [];
  const answered: Intent[] = [];
  for (const review of newestByAuthor(await platform.reviews.list(pull))) {
    const asks = review.state === 'changes-requested' && review.head === head && review.body.trim() !== '';
    if (asks && (await isWriter(review.author))) findings.push(toFinding(context, review.body));
  }
  for (const thread of await platform.reviews.threads(pull)) {
    const newest = await findNewest(thread, isWriter);
    if (thread.resolved || !newest) continue;
    if (isAfter(newest, state.headSince)) findings.push(toFinding(context, newest.body, thread));
    else answered.push(toAnswer(pull, thread, head));
  }
  return { findings, answered };
}

/** Platforms keep whole seconds: what was said in the second the work began is not answered by it. */
function isAfter({ createdAt }: Comment, since: string | null): boolean {
  return createdAt.slice(0, 19) >= (since ?? '').slice(0, 19);
}

/** The last thing somebody who counts said in a thread; undefined where nobody did. */
async function findNewest(thread: ReviewThread, isWriter: IsWriter): Promise<Comment | undefined> {
  for (const comment of thread.comments.toReversed()) {
    if (comment.marker === null && (await isWriter(comment.author))) return comment;
  }
  return undefined;
}

type IsWriter = (author: Comment['author']) => Promise<boolean>;

function rememberWriters({ platform }: StepContext): IsWriter {
  const known = new Map<string, Promise<boolean>>();
  return (author) => {
    if (author.kind !== 'human') return Promise.resolve(false);
    const asked =
      known.get(author.id) ??
      platform.actors
        .permission(author)
        .then((permission) => permission === 'write' || permission === 'admin');
    known.set(author.id, asked);
    return asked;
  };
}

/** A reviewer's later review takes the place of an earlier one; mere comments do not. */
function newestByAuthor(reviews: readonly Review[]): Review[] {
  const decided = reviews.filter(({ state }) => state !== 'commented');
  return [...new Map(decided.map((review) => [review.author.id, review])).values()];
}

function toFinding({ redact }: StepContext, body: string, thread?: ReviewThread): Finding {
  const message = redact(sanitiseText(body).text).slice(0, 2000) || 'see the review';
  const path = thread?.path.slice(0, 1024);
  return {
    severity: 'major',
    message,
    ...(path ? { path } : {}),
    ...(thread?.line ? { line: thread.line } : {}),
  };
}

function toAnswer(pull: number, { id }: ReviewThread, head: string): Intent {
  return {
    kind: 'resolve-thread',
    pull,
    thread: id,
    marker: `answered-${head.slice(0, 12)}`,
    body: `Answered by ${head.slice(0, 12)}. Not so? Say it here, and it comes back.`,
  };
}
