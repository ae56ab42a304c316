import type { Runtime } from '../../src/app/runtime.ts';
import { createDraft, type EventDraft } from '../../src/core/events/event.ts';
import type { StepId } from '../../src/core/loop.ts';
import { samplePlan } from './sample-loop.ts';

/** What the steps of the loop leave in the log where they come to wait for people: written here without running them. */

type Gathered = { issue: number; base: string; issueDigest: string; configDigest: string };

export function selected({ issue, base, issueDigest, configDigest }: Gathered): EventDraft[] {
  return [
    createDraft('ISSUE.SELECTED', {
      number: issue,
      title: 'Commas in fields',
      labels: ['tamma'],
      issueDigest,
      selectedBy: 'given',
    }),
    createDraft('CONTEXT.GATHERED.SUCCESS', {
      baseBranch: 'main',
      baseSha: base,
      contextDigest: issueDigest,
      issueDigest,
      configDigest,
      commands: { install: null, build: null, test: null, lint: null, coverage: null },
      project: 'node',
      files: 2,
      removed: {},
      sandbox: 'none',
    }),
  ];
}

type Where = Pick<Runtime, 'host'>;

export function asked(where: Where): EventDraft[] {
  const questions = [{ id: 'q1', question: 'Quotes too?', choices: ['yes', 'no'] }];
  return [
    start(where, 'AMBIGUITY_CHECK'),
    createDraft('QUESTIONS.ASKED', { round: 1, questions }),
    wait('AMBIGUITY_CHECK', 'answers'),
  ];
}

export function planned(
  where: Where,
  { digest, expiresAt }: { digest: string; expiresAt: string },
): EventDraft[] {
  return [
    start(where, 'DESIGN'),
    createDraft('DESIGN.PROPOSED', { digest, plan: samplePlan, revision: 1, model: 'm' }),
    createDraft('APPROVAL.REQUESTED', { kind: 'design', digest, reasons: [], expiresAt }),
    wait('DESIGN', 'approval'),
  ];
}

export function escalated(where: Where, issue: number): EventDraft[] {
  return [
    start(where, 'RESEARCH'),
    createDraft('ESCALATION.TRIGGERED', {
      reason: 'step-keeps-failing',
      stepId: 'RESEARCH',
      summary: 'it could not run',
      reports: [],
      commands: [`tamma retry --issue ${issue}`],
    }),
  ];
}

type Change = { base: string; head: string; branch: string; pull: number; url: string };

/** Code in a pull request. Nobody looks at its tree here. */
export function proposed({ base, head, branch, pull, url }: Change): EventDraft[] {
  return [
    createDraft('CODE.GENERATED.SUCCESS', {
      phase: 'implement',
      headSha: head,
      treeSha: head,
      files: ['src/cart.js'],
      exitCode: 0,
      round: 1,
      turns: 1,
    }),
    createDraft('BRANCH.CREATED.SUCCESS', { branch, sha: head, baseSha: base }),
    createDraft(
      'PR.CREATED.SUCCESS',
      { number: pull, url, branch, headSha: head, draft: false },
      { prId: String(pull) },
    ),
  ];
}

export function checking(where: Where): EventDraft[] {
  return [start(where, 'CI_CHECK'), wait('CI_CHECK', 'ci')];
}

export function merging(
  where: Where,
  { head, expiresAt }: { head: string; expiresAt: string },
): EventDraft[] {
  return [
    start(where, 'APPROVAL_GATE'),
    createDraft('APPROVAL.REQUESTED', { kind: 'merge', digest: head, reasons: [], expiresAt }),
    wait('APPROVAL_GATE', 'approval'),
  ];
}

function start({ host }: Where, stepId: StepId): EventDraft {
  return createDraft('WORKFLOW.STEP_STARTED', {
    stepId,
    run: 1,
    holder: host.holder,
    leaseUntil: '',
    because: 'it is its turn',
    onPosition: 0,
  });
}

function wait(stepId: StepId, what: 'approval' | 'answers' | 'ci'): EventDraft {
  return createDraft('WORKFLOW.WAITING', { stepId, run: 1, for: what, durationMs: 1 });
}
