import { TammaError } from '../../core/errors.ts';
import type { BranchRules } from '../../ports/platform/branches.ts';
import type { MergeRequest, MergeResult } from '../../ports/platform/pulls.ts';
import type { RawPullDetail } from './answers.ts';
import { findConflict, findSettled, getPull, type PullDesk } from './merge-look.ts';
import { enableAutoMerge, enqueue } from './pull-mutations.ts';

const MINUTE_MS = 60_000;

/** What no waiting helps against, although GitHub calls it blocked like everything else. */
const FINAL = /not (?:authorized|permitted|accessible)|must be (?:made|pushed) by|restricted/i;

/**
 * GitHub has refused, and not just for the moment. Rules that others fulfil are waited for (PLATFORM_PENDING); `ready`:
 * nothing stands in the way any more.
 */
export async function settleRefusal(
  desk: PullDesk,
  request: MergeRequest,
  refusal: string,
): Promise<MergeResult | 'ready'> {
  const raw = await getPull(desk.api, request.number);
  const settled = (await findSettled(desk, raw, request)) ?? (await findConflict(desk, raw, request));
  if (settled) return settled;
  if (raw.mergeable === null)
    throw pending(request, 'GitHub is still finding out whether it can be merged', 1);
  const rules = await desk.rules.of(raw.base.ref);
  if (rules.mergeQueue || /merge queue/i.test(refusal)) return enterQueue(desk, raw, request, refusal);
  if (raw.mergeable_state === 'behind') return { status: 'outdated' };
  if (raw.mergeable_state !== 'blocked' || FINAL.test(refusal))
    return { status: 'not-allowed', reason: refusal };
  return waitForRules(desk, raw, request, { refusal, rules });
}

/** Into the queue with the expected head: GitHub drops an entry whose head moves. */
async function enterQueue(
  { api }: PullDesk,
  raw: RawPullDetail,
  request: MergeRequest,
  refusal: string,
): Promise<MergeResult> {
  const entered = await enqueue(api, raw, request);
  if (entered === 'queued') throw pending(request, 'is in the merge queue', 5);
  if (raw.mergeable_state === 'blocked' && !FINAL.test(refusal))
    throw pending(request, `cannot enter the merge queue yet: ${entered}`, 10);
  return { status: 'not-allowed', reason: entered };
}

/**
 * Reviews, checks or conversations are missing. GitHub compares the head only when auto-merge is switched on, so it is
 * used only where every push takes the approvals away again; elsewhere the next run merges, with the expected head.
 */
async function waitForRules(
  { api }: PullDesk,
  raw: RawPullDetail,
  request: MergeRequest,
  { refusal, rules }: { refusal: string; rules: BranchRules },
): Promise<'ready'> {
  const bindsHead = rules.approvalsEndWithPush && rules.requiredApprovals > 0;
  const state = bindsHead ? await enableAutoMerge(api, raw, request) : 'refused';
  if (state === 'ready') return 'ready';
  const who = state === 'on' ? 'is merged by GitHub once its rules are met' : 'waits for its rules';
  throw pending(request, `${who}: ${refusal}`, 10);
}

function pending({ number }: MergeRequest, what: string, minutes: number): TammaError {
  return new TammaError('PLATFORM_PENDING', `pull request #${number} ${what}`.slice(0, 500), {
    help: 'Nothing to do here: a later run finds it merged, or says what is missing.',
    retryAfterMs: minutes * MINUTE_MS,
  });
}
