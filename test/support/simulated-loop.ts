import { type Decision, decide, listAnswers } from '../../src/core/decide.ts';
import { createDraft, type EventDraft } from '../../src/core/events/event.ts';
import { type GateId, gates, type StepId } from '../../src/core/loop.ts';
import { foldEvents, type LoopState } from '../../src/core/state.ts';
import { createEventLog, DIGEST, SHA } from './event-log.ts';

export const PLAN = {
  summary: 'do it',
  steps: [{ title: 'one', detail: 'detail', files: ['src/a.js'] }],
  testPlan: 'test it',
  risk: 'low' as const,
  riskReasons: [],
  breakingChange: { expected: false, reason: 'no' },
  newDependencies: [],
  options: [],
};

const HOLDER = { runId: 'r', host: 'h', pid: 1, startedAt: '1' };

/** What may happen in one run of a step, chosen by the test. */
export type Happening =
  | 'ends'
  | 'gate-fails'
  | 'same-failure'
  | 'throws'
  | 'dies'
  | 'waits'
  | 'no-change'
  | 'budget';

/**
 * The loop on events alone: `next` says what the world does in each run, the events are those the real steps write.
 * Ends at the first decision that is no run, or after `limit` runs.
 */
export function simulate(next: (stepId: StepId, run: number) => Happening, limit = 400) {
  const log = createEventLog();
  let state = foldEvents(log.events);
  let runs = 0;
  let decision: Decision;
  for (;;) {
    state = foldEvents(log.events);
    decision = decide(state, { now: log.now(), maxAttempts: 3, claimIsLive: false });
    if (decision.kind !== 'run' || runs >= limit) break;
    runs += 1;
    const { stepId, run, because } = decision;
    log.add('WORKFLOW.STEP_STARTED', {
      stepId,
      run,
      holder: HOLDER,
      leaseUntil: '',
      because,
      onPosition: state.position,
    });
    for (const draft of happen(stepId, run, next(stepId, run), state, runs)) log.addDraft(draft);
  }
  return { log, state, decision, runs };
}

function happen(stepId: StepId, run: number, what: Happening, state: LoopState, seed: number): EventDraft[] {
  const gateId = (Object.keys(gates) as GateId[]).find((gate) => gates[gate] === stepId);
  const completed = (outcome: 'completed' | 'gate-failed') =>
    createDraft('WORKFLOW.STEP_COMPLETED', { stepId, run, outcome, summary: 's', durationMs: 1 });
  switch (what) {
    case 'dies':
      return [];
    case 'throws':
      return [
        createDraft('WORKFLOW.STEP_FAILED', {
          stepId,
          run,
          code: 'X',
          message: 'm',
          help: 'h',
          retryable: true,
          durationMs: 1,
        }),
      ];
    case 'budget':
      return [
        createDraft('BUDGET.EXCEEDED', { scope: 'issue', limitUsd: 1, spentUsd: 1, neededUsd: 1 }),
        createDraft('WORKFLOW.STEP_FAILED', {
          stepId,
          run,
          code: 'BUDGET_EXCEEDED',
          message: 'm',
          help: 'h',
          retryable: false,
          durationMs: 1,
        }),
      ];
    case 'waits':
      if (stepId !== 'AMBIGUITY_CHECK' && stepId !== 'DESIGN' && stepId !== 'APPROVAL_GATE')
        return happen(stepId, run, 'ends', state, seed);
      return [
        createDraft('WORKFLOW.WAITING', {
          stepId,
          run,
          for: stepId === 'AMBIGUITY_CHECK' ? 'answers' : 'approval',
          durationMs: 1,
        }),
      ];
    case 'no-change':
      if (stepId !== 'CODE_GENERATION') return happen(stepId, run, 'ends', state, seed);
      return [
        createDraft('CODE.GENERATED.FAILED', {
          phase: 'repair',
          reason: 'no-change',
          message: 'm',
          files: [],
        }),
        completed('gate-failed'),
      ];
    case 'gate-fails':
    case 'same-failure':
      if (!gateId || !state.head) return happen(stepId, run, 'ends', state, seed);
      return [gateFailed(gateId, state, what === 'same-failure' ? 1 : seed), completed('gate-failed')];
    case 'ends':
      return [...endEventsOf(stepId, seed), completed('completed')];
  }
}

function gateFailed(gateId: GateId, state: LoopState, seed: number): EventDraft {
  return createDraft('GATE.FAILED', {
    gateId,
    attempt: (state.failedAttempts[gateId] ?? 0) + 1,
    maxAttempts: 3,
    headSha: state.head?.sha ?? SHA('a'),
    treeSha: state.head?.tree ?? SHA('b'),
    findingsDigest: toHex(seed, 64),
    report: { summary: 'red', findings: [{ severity: 'major', message: `failure ${seed}` }] },
    durationMs: 1,
  });
}

function endEventsOf(stepId: StepId, seed: number): EventDraft[] {
  const head = { headSha: toHex(seed, 40), treeSha: toHex(seed + 1000, 40) };
  if (stepId === 'DESIGN')
    return [createDraft('DESIGN.PROPOSED', { digest: DIGEST('d'), plan: PLAN, revision: 1, model: 'm' })];
  if (stepId === 'CODE_GENERATION') {
    return [
      createDraft('CODE.GENERATED.SUCCESS', {
        phase: 'implement',
        ...head,
        files: ['a'],
        exitCode: 0,
        round: 1,
        turns: 1,
      }),
      createDraft('BRANCH.CREATED.SUCCESS', { branch: 'tamma/7-x', sha: head.headSha, baseSha: SHA('0') }),
    ];
  }
  if (stepId === 'MERGE') {
    return [
      createDraft('PR.MERGED.SUCCESS', {
        number: 7,
        headSha: head.headSha,
        mergeSha: SHA('c'),
        method: 'squash',
        baseBranch: 'main',
      }),
    ];
  }
  if (stepId === 'DEPLOYMENT') {
    return [
      createDraft('WORKFLOW.COMPLETED', {
        issue: 7,
        mergeSha: SHA('c'),
        costUsd: 0,
        steps: 15,
        summary: 's',
      }),
    ];
  }
  return [];
}

function toHex(seed: number, length: number): string {
  return seed.toString(16).padStart(length, '0');
}

/** The commands an exit offers: none where the loop is simply over. */
export function answersOf(decision: Decision): string[] {
  return decision.kind === 'escalate' ? listAnswers(7, decision) : [];
}
