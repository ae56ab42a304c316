import { digestOf } from '../core/digest.ts';
import { TammaError } from '../core/errors.ts';
import { createDraft } from '../core/events/event.ts';
import type { Intent } from '../core/intents.ts';
import type { Step, StepContext } from '../ports/step.ts';
import { renderClosing } from '../report/closing.ts';
import { confirmHead, getHead, toReport } from './head.ts';
import { getContext } from './project-view.ts';

/** Stands in texts of this step for what nobody knows before the merge; publish puts the real one in its place. */
export const MERGE_SHA = '0'.repeat(40);

/**
 * Merges the approved head, and only that. Conflicts with the base go back to CODE_GENERATION, which merges the base in;
 * everything is read again from the platform first.
 */
export const merge: Step = async (context) => {
  const { state, platform, config } = context;
  const { pull } = state;
  if (!pull) throw new TammaError('REALITY_DISAGREES', 'the log has no pull request for this issue');
  const known = await platform.pulls.find(state.branch ?? '');
  if (known?.state !== 'merged') await confirmHead(context);
  const head = getHead(context);
  checkApproved(context, head.sha);

  const base = await platform.branches.getDefault();
  if (known?.state !== 'merged') {
    const attempt = await context.repository.mergeTrees(base.head, head.sha);
    if (attempt.status === 'conflict') return conflictOutcome(context, attempt.files);
  }
  const intents: Intent[] = [
    {
      kind: 'merge',
      pull: pull.number,
      branch: state.branch ?? '',
      base: base.name,
      expectedHead: head.sha,
      method: config.merge.method,
      title: `[Tamma] ${state.issue?.title ?? ''} (#${context.issueNumber})`.slice(0, 120),
      body: state.design?.plan.summary ?? '',
    },
    {
      kind: 'issue',
      number: context.issueNumber,
      addLabels: ['tamma:done'],
      removeLabels: ['tamma:active', 'tamma:needs-input'],
      comment: {
        marker: 'closing',
        body: renderClosing({ ...state, mergeSha: MERGE_SHA }, { issue: context.issueNumber }),
      },
      close: { reason: 'completed' },
    },
  ];
  if (config.merge.deleteBranch && state.branch)
    intents.push({ kind: 'delete-branch', name: state.branch, expected: head.sha });
  return {
    status: 'completed',
    summary: `${head.sha.slice(0, 12)} into ${base.name} by ${config.merge.method}`,
    events: [],
    intents,
  };
};

/** Looked up at the moment of use: the approval must be for exactly this head. */
function checkApproved({ state }: StepContext, headSha: string): void {
  const approved = state.approvals.some(
    (approval) => approval.kind === 'merge' && approval.digest === headSha,
  );
  if (!approved)
    throw new TammaError('POLICY_VIOLATION', `nobody has approved ${headSha.slice(0, 12)} for the merge`);
}

function conflictOutcome(context: StepContext, files: readonly string[]) {
  const head = getHead(context);
  const { baseBranch } = getContext(context);
  const report = toReport(
    `the change conflicts with ${baseBranch}`,
    files.map((file) => `conflict in ${file}`),
  );
  const failed = createDraft(
    'GATE.FAILED',
    {
      gateId: 'merge',
      attempt: (context.state.failedAttempts.merge ?? 0) + 1,
      maxAttempts: context.config.gates.maxAttempts,
      headSha: head.sha,
      treeSha: head.tree,
      findingsDigest: digestOf([...files].sort()),
      report,
      durationMs: 0,
    },
    { gateId: 'merge' },
  );
  return {
    status: 'gate-failed' as const,
    summary: `conflicts with ${baseBranch} in ${files.length} files`,
    events: [failed],
    intents: [],
  };
}
