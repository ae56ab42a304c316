import { TammaError } from '../core/errors.ts';
import type { Intent } from '../core/intents.ts';
import { createVerdict } from '../gates/verdict.ts';
import { formatCount } from '../lib/quantities.ts';
import type { MergeMethod, Pull } from '../ports/platform/pulls.ts';
import type { Step, StepContext, StepOutcome } from '../ports/step.ts';
import { renderClosing } from '../report/closing.ts';
import { toOutcome } from './gate-outcome.ts';
import { confirmHead, getHead } from './head.ts';

/** Stands in texts of this step for what nobody knows before the merge; publish puts the real one in its place. */
export const MERGE_SHA = '0'.repeat(40);

/**
 * Merges the approved head, and only that. What conflicts with the base, or has to hold its newest commit first, goes
 * back to CODE_GENERATION, which merges the base in; everything is read again from the platform first.
 */
export const merge: Step = async (context) => {
  const { state, platform } = context;
  if (!state.pull) throw new TammaError('REALITY_DISAGREES', 'the log has no pull request for this issue');
  const pull = await platform.pulls.find(state.branch ?? '');
  const isMerged = pull?.state === 'merged';
  const moved = isMerged ? undefined : await findMoved(context, pull);
  if (moved) return moved;
  const head = getHead(context);
  checkApproved(context, head.sha);
  const base = await platform.branches.getDefault();
  return (isMerged ? undefined : await findObstacle(context, base)) ?? intendMerge(context, base.name);
};

/** A head that nobody approved: what was left to the platform for the approved one is taken back before a person is asked. */
async function findMoved(context: StepContext, pull: Pull | undefined): Promise<StepOutcome | undefined> {
  try {
    await confirmHead(context);
    return undefined;
  } catch (thrown) {
    const isMoved = thrown instanceof TammaError && thrown.code === 'REALITY_DISAGREES';
    if (!isMoved || context.state.putOff?.stepId !== 'MERGE' || !pull) throw thrown;
    const intents: Intent[] = [{ kind: 'withdraw-merge', pull: pull.number }];
    return { status: 'failed', error: thrown, events: [], intents };
  }
}

/** Looked up at the moment of use: the approval must be for exactly this head. */
function checkApproved({ state }: StepContext, headSha: string): void {
  const approved = state.approvals.some(
    (approval) => approval.kind === 'merge' && approval.digest === headSha,
  );
  if (!approved)
    throw new TammaError('POLICY_VIOLATION', `nobody has approved ${headSha.slice(0, 12)} for the merge`);
}

async function findObstacle(
  context: StepContext,
  base: { name: string; head: string },
): Promise<StepOutcome | undefined> {
  const { platform, repository, state } = context;
  const head = getHead(context);
  const attempt = await repository.mergeTrees(base.head, head.sha);
  if (attempt.status === 'conflict') {
    const findings = attempt.files.map((file) => `conflict in ${file}`);
    const summary = `the change conflicts with ${base.name} in ${formatCount(findings.length, 'file')}`;
    return sendBack(context, summary, findings);
  }
  // Not every token may read this rule: the platform's own refusal of the last try tells as well.
  const wasRefused = state.stepErrors?.last.code === 'REF_MOVED';
  const isWanted = wasRefused || (await platform.rules?.of(base.name))?.upToDate === true;
  if (!isWanted || (await repository.isAncestor(base.head, head.sha))) return undefined;
  const summary = `the rules want the newest ${base.name} in the change`;
  return sendBack(context, summary, [`${base.name} is at ${base.head.slice(0, 12)} now`]);
}

function sendBack(context: StepContext, summary: string, messages: readonly string[]): Promise<StepOutcome> {
  const findings = messages.map((message) => ({ severity: 'major' as const, message }));
  return toOutcome(context, [
    createVerdict({ gateId: 'merge', passed: false, summary, findings, durationMs: 0 }),
  ]);
}

async function intendMerge(context: StepContext, base: string): Promise<StepOutcome> {
  const { state, config, issueNumber } = context;
  const { sha } = getHead(context);
  const method = await chooseMethod(context, base);
  const intents: Intent[] = [
    {
      kind: 'merge',
      pull: state.pull?.number ?? 0,
      branch: state.branch ?? '',
      base,
      expectedHead: sha,
      method,
      title: `[Tamma] ${state.issue?.title ?? ''} (#${issueNumber})`.slice(0, 120),
      body: state.design?.plan.summary ?? '',
    },
    {
      kind: 'issue',
      number: issueNumber,
      addLabels: ['tamma:done'],
      removeLabels: ['tamma:active', 'tamma:needs-input'],
      comment: {
        marker: 'closing',
        body: renderClosing({ ...state, mergeSha: MERGE_SHA }, { issue: issueNumber }),
      },
      close: { reason: 'completed' },
    },
  ];
  if (config.merge.deleteBranch && state.branch)
    intents.push({ kind: 'delete-branch', name: state.branch, expected: sha });
  const summary = `${sha.slice(0, 12)} into ${base} by ${method}`;
  return { status: 'completed', summary, events: [], intents };
}

/** Methods by how much of what they put on the base is signed. */
const signing = ['squash', 'merge', 'rebase'] as const satisfies readonly MergeMethod[];

/**
 * The configured one, or the first that the repository allows where it does not allow that. Where commits must be signed it
 * is `squash` if that is allowed, and `rebase` only if nothing else is: GitHub signs the commit it squashes and none that
 * it rebases, and a merge brings along ours as they are (docs.github.com, "About commit signature verification").
 */
async function chooseMethod({ config, platform }: StepContext, base: string): Promise<MergeMethod> {
  const { method } = config.merge;
  const rules = await platform.rules?.of(base);
  const allowed = rules?.mergeMethods ?? [method];
  if (rules?.signedCommits) return signing.find((one) => allowed.includes(one)) ?? method;
  return allowed.includes(method) ? method : (allowed[0] ?? method);
}
