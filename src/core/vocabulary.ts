import type { EscalationReason } from './decide.ts';
import type { ApprovalKind } from './events/parts.ts';
import { type GateId, getRow } from './loop.ts';
import type { LoopOutline, LoopState, StepRecord, Wait } from './state.ts';

/** The words and symbols for what is going on: the same on the platform, in a terminal and in a report. */

export const stepSymbols = {
  pending: '·',
  running: '▶',
  completed: '✓',
  'gate-failed': '✗',
  waiting: '⏸',
  failed: '✗',
  skipped: '↷',
} as const satisfies Record<StepRecord['status'], string>;

export const stepWords = {
  pending: 'to do',
  running: 'at work',
  completed: 'done',
  'gate-failed': 'sent back',
  waiting: 'waiting',
  failed: 'failed',
  skipped: 'skipped',
} as const satisfies Record<StepRecord['status'], string>;

export const statusSymbols = {
  new: '·',
  active: '▶',
  waiting: '⏸',
  escalated: '⚠',
  'taken-over': '⇄',
  stopped: '■',
  done: '✓',
} as const satisfies Record<LoopState['status'], string>;

export const gateTitles = {
  tdd: 'Tests first',
  build: 'Build',
  tests: 'Tests',
  coverage: 'Coverage',
  performance: 'Performance',
  security: 'Security',
  review: 'Review',
  ci: 'CI',
  merge: 'Merge conflicts',
} as const satisfies Record<GateId, string>;

/** Why a person is needed, short enough for a headline. */
export const escalationWords = {
  'attempts-exhausted': 'the attempts are used up',
  'no-progress': 'it makes no progress',
  'tests-pass-already': 'the new tests pass without the code',
  'step-keeps-failing': 'a step keeps failing',
  budget: 'the budget is used up',
  'approval-expired': 'nobody approved in time',
  'protected-path': 'a protected file would change',
  conflict: 'the change conflicts',
  'deployment-failed': 'the deployment failed',
  'split-proposed': 'the issue is several',
} as const satisfies Record<EscalationReason, string>;

/** Where a loop stands, in one line without its symbol. */
export function describeStatus(state: LoopOutline): string {
  switch (state.status) {
    case 'new':
      return 'about to begin';
    case 'active':
      return `at work: ${getRow(state.cursor).title}`;
    case 'waiting':
      return state.wait ? `waiting for ${describeWait(state, state.wait)}` : 'waiting';
    case 'escalated':
      return state.escalation
        ? `needs a person: ${escalationWords[state.escalation.reason]}`
        : 'needs a person';
    case 'taken-over':
      return 'taken over by a person';
    case 'stopped':
      return 'stopped by a person';
    case 'done':
      return describeDone(state);
  }
}

/** Whom or what a loop waits for. */
export function describeWait(state: LoopOutline, wait: Wait): string {
  switch (wait.for) {
    case 'answers':
      return 'answers';
    case 'approval':
      return findApprovalKind(state) === 'merge' ? 'approval to merge' : 'approval of the plan';
    case 'ci':
      return hasBlockedChecks(state) ? 'CI, which somebody must allow' : 'CI';
    case 'deployment':
      return 'the deployment';
    case 'platform':
      return 'the platform';
  }
}

/** What would be approved now: what was asked for; else the plan or, once there is a pull request, the merge. */
export function findApprovalKind({ requestedApproval, pull }: LoopOutline): ApprovalKind {
  return requestedApproval?.kind ?? (pull ? 'merge' : 'design');
}

function describeDone({ steps, mergeSha }: LoopOutline): string {
  if (!mergeSha) return 'done';
  return steps.DEPLOYMENT.status === 'completed' ? 'done: merged and deployed' : 'done: merged';
}

/** Runs of the present head that the platform holds back until somebody with write access allows them. */
export function hasBlockedChecks({ ci, head }: LoopOutline): boolean {
  return (
    ci !== null && ci.headSha === head?.sha && ci.checks.some(({ needsApproval }) => needsApproval === true)
  );
}
