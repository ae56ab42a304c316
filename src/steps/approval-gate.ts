import { createDraft } from '../core/events/event.ts';
import { judgeMergeApproval } from '../core/policies/approval.ts';
import { isPersonNote } from '../gates/verdict.ts';
import { formatCount } from '../lib/quantities.ts';
import type { BranchRules } from '../ports/platform/branches.ts';
import type { Step, StepContext, StepOutcome } from '../ports/step.ts';
import { askForApproval, toExpiry } from './design.ts';
import { findChangeBase } from './gate-outcome.ts';
import { confirmHead } from './head.ts';
import { toPullRequest } from './pr-creation.ts';
import { getContext } from './project-view.ts';

/** Why a person is asked where commands of the repository could reach everything. */
export const WITHOUT_SANDBOX = 'commands ran without a sandbox';

/** The last checkpoint: a person, or the rule for changes of low risk, approves exactly this head. */
export const askForMerge: Step = async (context) => {
  const { state, platform } = context;
  const { sha, branch } = await confirmHead(context);
  const outcome = await judgeApproval(context, sha);
  // CI_CHECK did it, unless it was left out. Without CI there is no platform that calls reviewers, and a draft merges.
  if (!platform.ci || !state.pull) return outcome;
  const pull = await platform.pulls.find(branch);
  if (!pull?.draft) return outcome;
  return { ...outcome, intents: [toPullRequest(context, { branch, draft: false }), ...outcome.intents] };
};

async function judgeApproval(context: StepContext, sha: string): Promise<StepOutcome> {
  const { state } = context;
  const { required, reasons } = await judgeHead(context, sha);
  if (!required) {
    const granted = createDraft('APPROVAL.GRANTED', {
      kind: 'merge',
      digest: sha,
      by: 'rule',
      reason: 'low risk, every gate passed, and approval.merge is auto',
    });
    return {
      status: 'completed',
      summary: `${sha.slice(0, 12)} approved by rule`,
      events: [granted],
      intents: [],
    };
  }
  if (state.approvals.some((approval) => approval.kind === 'merge' && approval.digest === sha)) {
    return {
      status: 'completed',
      summary: `${sha.slice(0, 12)} is approved already`,
      events: [],
      intents: [],
    };
  }
  const expiresAt = toExpiry(context);
  const requested = createDraft('APPROVAL.REQUESTED', { kind: 'merge', digest: sha, reasons, expiresAt });
  return askForApproval(context, { events: [requested], digest: sha, expiresAt, summary: sha.slice(0, 12) });
}

/** By the whole change, the plan, and what the gates noted. */
async function judgeHead(
  context: StepContext,
  sha: string,
): Promise<{ required: boolean; reasons: string[] }> {
  const { state, config, platform, repository } = context;
  const { sandbox, baseBranch } = getContext(context);
  const rules = await platform.rules?.of(baseBranch);
  const baseSha = await findChangeBase(context, sha);
  const changes = await repository.changes(baseSha, sha);
  const patch = await repository.patch(baseSha, sha, { maxBytes: 1_000_000 });
  const notes = Object.values(state.passedGates).flatMap((gate) => gate?.notes ?? []);
  return judgeMergeApproval({
    config,
    plan: state.design?.plan ?? null,
    changes,
    changedLines: countChangedLines(patch),
    noted: [
      ...notes.filter(isPersonNote),
      ...(sandbox.startsWith('none') ? [WITHOUT_SANDBOX] : []),
      ...(rules && rules.requiredApprovals > 0 ? [describeReviews(baseBranch, rules)] : []),
    ],
  });
}

/** The platform would refuse the merge without them, whatever our own rule says. */
function describeReviews(base: string, { requiredApprovals }: BranchRules): string {
  return `the rules of ${base} ask for ${formatCount(requiredApprovals, 'approving review')}`;
}

function countChangedLines(patch: string): number {
  return patch.split('\n').filter((line) => /^[+-](?![+-]{2} )/.test(line)).length;
}
