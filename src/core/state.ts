import type { EventData, EventType } from './events/catalogue.ts';
import { type EventDraft, isKnown, type KnownEvent, type LoggedEvent } from './events/event.ts';
import type { Answer, ApprovalKind, Holder, Plan, Question, Report } from './events/parts.ts';
import { findNextStep, type GateId, isStepId, loop, type StepId } from './loop.ts';

export type LoopStatus = 'new' | 'active' | 'waiting' | 'escalated' | 'taken-over' | 'stopped' | 'done';

/** A step somebody is working on. `position` is the fencing token: every later append of that run is bound to it. */
export type Claim = {
  stepId: StepId;
  run: number;
  holder: Holder;
  leaseUntil: string;
  position: number;
  startedAt: string;
};

export type Wait = {
  stepId: StepId;
  for: EventData['WORKFLOW.WAITING']['for'];
  since: string;
  command: string | null;
  until: string | null;
};

export type Approval = {
  kind: ApprovalKind;
  digest: string;
  by: 'person' | 'rule';
  login: string;
  position: number;
};

export type GateFailure = {
  gateId: GateId;
  attempt: number;
  treeSha: string;
  findingsDigest: string;
  report: Report;
};

/** What the test command said about a commit of the loop: RED before the code, GREEN after it. `exitCode` null: not run. */
export type Evidence = {
  phase: 'tests' | 'implement' | 'refactor' | 'repair';
  headSha: string;
  exitCode: number | null;
  failingTests: readonly string[];
};

export type StepRecord = {
  status: 'pending' | 'running' | 'completed' | 'gate-failed' | 'waiting' | 'failed' | 'skipped';
  runs: number;
  durationMs: number;
  costUsd: number;
  summary: string;
};

export type Escalation = EventData['ESCALATION.TRIGGERED'] & { since: string };

/** What is known of one issue, folded from its events. Nothing else carries over from one run to the next. */
export type LoopState = {
  issue: { number: number; title: string; digest: string; labels: readonly string[] } | null;
  position: number;
  correlationId: string | null;
  status: LoopStatus;
  /** The step that comes next. */
  cursor: StepId;
  claim: Claim | null;
  wait: Wait | null;
  steps: Record<StepId, StepRecord>;
  context: EventData['CONTEXT.GATHERED.SUCCESS'] | null;
  /** The issue or the configuration changed under the plan: the loop goes back to gathering context. */
  outdated: boolean;
  research: EventData['RESEARCH.COMPLETED.SUCCESS'] | null;
  ambiguity: { score: number; reasons: readonly string[] } | null;
  questions: readonly Question[];
  answers: readonly Answer[];
  questionRounds: number;
  /** The parts an issue that is really several was proposed to be split into. */
  split: EventData['SPLIT.PROPOSED']['issues'];
  design: { digest: string; plan: Plan; revision: number } | null;
  /** What the person asked to be changed in the plan, newest last. */
  feedback: readonly string[];
  requestedApproval: EventData['APPROVAL.REQUESTED'] | null;
  approvals: readonly Approval[];
  branch: string | null;
  head: { sha: string; tree: string } | null;
  /** Set by RED: the tests that later phases may not touch. */
  frozenTests: Readonly<Record<string, string>> | null;
  /** The commit of RED: what the frozen tests are compared with. */
  redHead: string | null;
  implemented: boolean;
  rounds: number;
  /** Newest last. */
  evidence: readonly Evidence[];
  /** Failed attempts per gate since the last `retry`. */
  failedAttempts: Partial<Record<GateId, number>>;
  /** All failures since the last `retry`, oldest first: the repair works from the newest, the breaker compares them. */
  failures: readonly GateFailure[];
  /** Set when a person must look at it, whatever the attempts: a test that proves nothing, a path nobody may touch. */
  handOver: { reason: 'tests-pass-already' | 'protected-path'; summary: string } | null;
  /** Set when a repair changed nothing, or the same failure came back on the same tree. */
  stuck: boolean;
  passedGates: Partial<Record<GateId, EventData['GATE.PASSED']>>;
  pull: { number: number; url: string; headSha: string } | null;
  mergeSha: string | null;
  stepErrors: { stepId: StepId; count: number; last: EventData['WORKFLOW.STEP_FAILED'] } | null;
  /** Runs of the step at the cursor that began and never said how they ended: killed, or out of time. */
  deaths: number;
  budgetExceeded: EventData['BUDGET.EXCEEDED'] | null;
  escalation: Escalation | null;
  costUsd: number;
  startedAt: string | null;
  updatedAt: string | null;
};

export function createInitialState(): LoopState {
  const steps = Object.fromEntries(
    loop.map((row) => [
      row.id,
      { status: 'pending', runs: 0, durationMs: 0, costUsd: 0, summary: '' } satisfies StepRecord,
    ]),
  ) as Record<StepId, StepRecord>;
  return {
    issue: null,
    position: 0,
    correlationId: null,
    status: 'new',
    cursor: 'ISSUE_ASSIGNMENT',
    claim: null,
    wait: null,
    steps,
    context: null,
    outdated: false,
    research: null,
    ambiguity: null,
    questions: [],
    answers: [],
    questionRounds: 0,
    split: [],
    design: null,
    feedback: [],
    requestedApproval: null,
    approvals: [],
    branch: null,
    head: null,
    frozenTests: null,
    redHead: null,
    implemented: false,
    rounds: 0,
    evidence: [],
    failedAttempts: {},
    failures: [],
    handOver: null,
    stuck: false,
    passedGates: {},
    pull: null,
    mergeSha: null,
    stepErrors: null,
    deaths: 0,
    budgetExceeded: null,
    escalation: null,
    costUsd: 0,
    startedAt: null,
    updatedAt: null,
  };
}

type Fold<T extends EventType> = (state: LoopState, event: KnownEvent<T>) => Partial<LoopState>;

/** One row a state-changing event: what of the state is different after it. Events without a row change nothing. */
const folds: { [T in EventType]?: Fold<T> } = {
  'ISSUE.SELECTED': (_, { data, metadata }) => ({
    issue: { number: data.number, title: data.title, digest: data.issueDigest, labels: data.labels },
    correlationId: metadata.correlationId,
  }),
  'CONTEXT.GATHERED.SUCCESS': (_, { data }) => ({ context: data, outdated: false }),
  'CONTEXT.OUTDATED': () => ({
    outdated: true,
    research: null,
    design: null,
    requestedApproval: null,
    // Tests of the plan that is void prove nothing for the next one.
    head: null,
    frozenTests: null,
    redHead: null,
    evidence: [],
  }),
  'RESEARCH.COMPLETED.SUCCESS': (_, { data }) => ({ research: data }),
  'AMBIGUITY.SCORED': (_, { data }) => ({ ambiguity: { score: data.score, reasons: data.reasons } }),
  'QUESTIONS.ASKED': (state, { data }) => ({
    questions: data.questions,
    questionRounds: state.questionRounds + 1,
  }),
  'QUESTIONS.ANSWERED': (state, { data }) =>
    state.wait?.for === 'answers'
      ? { answers: [...state.answers, ...data.answers], ...advance(state, state.wait.stepId, 'answered') }
      : { answers: [...state.answers, ...data.answers] },
  'SPLIT.PROPOSED': (_, { data }) => ({ split: data.issues }),
  'DESIGN.PROPOSED': (_, { data }) => ({
    design: { digest: data.digest, plan: data.plan, revision: data.revision },
  }),
  'APPROVAL.REQUESTED': (_, { data }) => ({ requestedApproval: data }),
  'APPROVAL.GRANTED': (state, event) => {
    const { kind, digest, by } = event.data;
    const approval: Approval = {
      kind,
      digest,
      by,
      login: event.metadata.actor.login,
      position: event.position,
    };
    const granted = { approvals: [...state.approvals, approval], requestedApproval: null };
    return state.wait?.for === 'approval'
      ? { ...granted, ...advance(state, state.wait.stepId, 'approved') }
      : granted;
  },
  'APPROVAL.REJECTED': (state, { data }) => ({
    feedback: [...state.feedback, data.feedback],
    requestedApproval: null,
    wait: null,
    status: 'active',
    ...(data.kind === 'merge'
      ? { cursor: 'CODE_GENERATION' as const, failures: [...state.failures, toFailure(state, data.feedback)] }
      : {}),
  }),
  'AI.RESPONSE.RECEIVED': (state, { data, tags }) => addCost(state, data.costUsd, tags.stepId),
  'AI.REQUEST.FAILED': (state, { data, tags }) => addCost(state, data.costUsd, tags.stepId),
  'CODE.TESTS_WRITTEN.SUCCESS': (state, { data }) => ({
    head: { sha: data.headSha, tree: data.treeSha },
    frozenTests: data.testFiles,
    redHead: data.headSha,
    passedGates: {},
    evidence: [...state.evidence, toEvidence('tests', data)],
  }),
  'CODE.GENERATED.SUCCESS': (state, { data }) => ({
    head: { sha: data.headSha, tree: data.treeSha },
    implemented: true,
    rounds: Math.max(state.rounds, data.round),
    passedGates: {},
    evidence: [...state.evidence, toEvidence(data.phase, data)],
  }),
  'CODE.REFACTORED.SUCCESS': (state, { data }) => ({
    head: { sha: data.headSha, tree: data.treeSha },
    passedGates: {},
    evidence: [...state.evidence, toEvidence('refactor', data)],
  }),
  'CODE.GENERATED.FAILED': (_, { data }) => {
    if (data.reason === 'no-change') return { stuck: true };
    return data.reason === 'tests-pass-already'
      ? { handOver: { reason: data.reason, summary: data.message } }
      : {};
  },
  'BRANCH.CREATED.SUCCESS': (_, { data }) => ({ branch: data.branch }),
  'BRANCH.DELETED.SUCCESS': () => ({ branch: null }),
  'GATE.PASSED': (state, { data }) => ({ passedGates: { ...state.passedGates, [data.gateId]: data } }),
  'GATE.FAILED': (state, { data }) => {
    const { gateId, treeSha, findingsDigest, report } = data;
    const again = state.failures.some(
      (failure) =>
        failure.gateId === gateId && failure.treeSha === treeSha && failure.findingsDigest === findingsDigest,
    );
    const attempt = (state.failedAttempts[gateId] ?? 0) + 1;
    return {
      failures: [...state.failures, { gateId, attempt, treeSha, findingsDigest, report }],
      failedAttempts: { ...state.failedAttempts, [gateId]: attempt },
      stuck: state.stuck || again,
    };
  },
  'PR.CREATED.SUCCESS': (_, { data }) => ({
    pull: { number: data.number, url: data.url, headSha: data.headSha },
  }),
  'PR.UPDATED.SUCCESS': (_, { data }) => ({
    pull: { number: data.number, url: data.url, headSha: data.headSha },
  }),
  'PR.MERGED.SUCCESS': (_, { data }) => ({ mergeSha: data.mergeSha }),
  'BUDGET.EXCEEDED': (_, { data }) => ({ budgetExceeded: data }),
  'ESCALATION.TRIGGERED': (state, { data, timestamp }) => ({
    escalation: { ...data, since: timestamp },
    status: isOver(state) ? state.status : 'escalated',
    wait: null,
    claim: null,
  }),
  'ESCALATION.RESOLVED': (state, { data }) =>
    data.command === 'retry' || data.command === 'skip'
      ? { ...clearFailures(state), ...activate(state) }
      : { escalation: null },
  'WORKFLOW.STEP_STARTED': (state, event) => {
    const { stepId, run, holder, leaseUntil } = event.data;
    return {
      status: 'active',
      cursor: stepId,
      wait: null,
      deaths: state.claim?.stepId === stepId ? state.deaths + 1 : 0,
      claim: { stepId, run, holder, leaseUntil, position: event.position, startedAt: event.timestamp },
      steps: withStep(state, stepId, { status: 'running', runs: run }),
    };
  },
  'WORKFLOW.STEP_COMPLETED': (state, { data }) =>
    data.outcome === 'completed'
      ? { ...advance(state, data.stepId, data.summary, data.durationMs), stepErrors: null }
      : {
          claim: null,
          stepErrors: null,
          cursor: state.outdated ? 'CONTEXT_GATHERING' : 'CODE_GENERATION',
          steps: withStep(state, data.stepId, {
            status: 'gate-failed',
            summary: data.summary,
            durationMs: state.steps[data.stepId].durationMs + data.durationMs,
          }),
        },
  'WORKFLOW.STEP_FAILED': (state, { data }) => ({
    claim: null,
    stepErrors: {
      stepId: data.stepId,
      count:
        (state.stepErrors?.stepId === data.stepId ? state.stepErrors.count : 0) +
        (isOfNoCount(data.code) ? 0 : 1),
      last: data,
    },
    steps: withStep(state, data.stepId, {
      status: 'failed',
      summary: data.message,
      durationMs: state.steps[data.stepId].durationMs + data.durationMs,
    }),
  }),
  'WORKFLOW.STEP_SKIPPED': (state, { data }) => advance(state, data.stepId, data.reason, 0, 'skipped'),
  'WORKFLOW.WAITING': (state, { data, timestamp }) => ({
    status: isOver(state) ? state.status : 'waiting',
    claim: null,
    wait: {
      stepId: data.stepId,
      for: data.for,
      since: timestamp,
      command: data.command ?? null,
      until: data.until ?? null,
    },
    steps: withStep(state, data.stepId, {
      status: 'waiting',
      summary: `waiting for ${data.for}`,
      durationMs: state.steps[data.stepId].durationMs + data.durationMs,
    }),
  }),
  'WORKFLOW.RESUMED': (state, { data }) => ({
    ...clearFailures(state),
    ...activate(state),
    ...(data.head && data.head.sha !== state.head?.sha
      ? {
          head: data.head,
          cursor: 'BUILD_VALIDATION' as const,
          frozenTests: {},
          redHead: data.head.sha,
          implemented: true,
          passedGates: {},
        }
      : {}),
  }),
  'WORKFLOW.TAKEN_OVER': () => ({ status: 'taken-over', claim: null, wait: null }),
  'WORKFLOW.CANCELLED': () => ({ status: 'stopped', claim: null, wait: null }),
  'WORKFLOW.COMPLETED': () => ({ status: 'done', claim: null, wait: null, escalation: null }),
};

/**
 * The state after one more event. Pure and total: unknown types and versions pass over, and the same events always give
 * the same state.
 */
export function foldEvent(state: LoopState, event: LoggedEvent): LoopState {
  const seen = {
    ...state,
    position: event.position,
    startedAt: state.startedAt ?? event.timestamp,
    updatedAt: event.timestamp,
  };
  if (!isKnown(event)) return seen;
  const fold = folds[event.type] as Fold<EventType> | undefined;
  return fold ? { ...seen, ...fold(state, event) } : seen;
}

export function foldEvents(events: Iterable<LoggedEvent>, from: LoopState = createInitialState()): LoopState {
  let state = from;
  for (const event of events) state = foldEvent(state, event);
  return state;
}

/** The state as it will be once these drafts are recorded: for looking ahead and for what is shown, never for the record. */
export function foldDrafts(state: LoopState, drafts: readonly EventDraft[], now: Date): LoopState {
  const frame = {
    actor: { kind: 'system', id: 'tamma', login: 'tamma' },
    schemaVersion: 1,
    eventSource: 'system',
  };
  const events = drafts.map(
    (draft, index) =>
      ({
        ...draft,
        position: state.position + index + 1,
        timestamp: now.toISOString(),
        metadata: frame,
      }) as unknown as LoggedEvent,
  );
  return foldEvents(events, state);
}

/** Finished, stopped or in a person's hands: what a late event of a run says cannot wake it up again. */
export function isOver(state: LoopState): boolean {
  return state.status === 'done' || state.status === 'stopped' || state.status === 'taken-over';
}

/** The newest reports that a repair has to answer: all failures on the present tree, or the newest one. */
export function findOpenFailures(state: LoopState): readonly GateFailure[] {
  const onThisTree = state.failures.filter((failure) => failure.treeSha === state.head?.tree);
  return onThisTree.length > 0 ? onThisTree : state.failures.slice(-1);
}

/** Stopped from outside: says nothing about the step. */
function isOfNoCount(code: string): boolean {
  return code === 'INTERRUPTED' || code === 'CHECKOUT_DIRTY';
}

function advance(
  state: LoopState,
  stepId: StepId,
  summary: string,
  durationMs = 0,
  status: 'completed' | 'skipped' = 'completed',
): Partial<LoopState> {
  return {
    claim: null,
    wait: null,
    status: isOver(state) ? state.status : 'active',
    cursor: findNextStep(stepId) ?? stepId,
    steps: withStep(state, stepId, {
      status,
      summary,
      durationMs: state.steps[stepId].durationMs + durationMs,
    }),
  };
}

function activate(state: LoopState): Partial<LoopState> {
  return state.status === 'done' ? {} : { status: 'active', escalation: null, wait: null, claim: null };
}

/** A person looked at it: what was counted against the loop so far no longer is. The newest report stays to be repaired. */
function clearFailures(state: LoopState): Partial<LoopState> {
  return {
    failedAttempts: {},
    failures: state.failures.slice(-1),
    stuck: false,
    handOver: null,
    stepErrors: null,
    deaths: 0,
    budgetExceeded: null,
  };
}

function withStep(state: LoopState, stepId: StepId, change: Partial<StepRecord>): Record<StepId, StepRecord> {
  return { ...state.steps, [stepId]: { ...state.steps[stepId], ...change } };
}

function toEvidence(
  phase: Evidence['phase'],
  data: { headSha: string; exitCode: number | null; failingTests?: readonly string[] },
): Evidence {
  return { phase, headSha: data.headSha, exitCode: data.exitCode, failingTests: data.failingTests ?? [] };
}

function toFailure(state: LoopState, feedback: string): GateFailure {
  const report: Report = {
    summary: 'A person asked for changes before the merge',
    findings: [{ severity: 'major', message: feedback.slice(0, 2000) }],
  };
  return { gateId: 'review', attempt: 1, treeSha: state.head?.tree ?? '', findingsDigest: '', report };
}

function addCost(state: LoopState, costUsd: number, stepId = ''): Partial<LoopState> {
  const total = { costUsd: addUsd(state.costUsd, costUsd) };
  if (!isStepId(stepId)) return total;
  return {
    ...total,
    steps: withStep(state, stepId, { costUsd: addUsd(state.steps[stepId].costUsd, costUsd) }),
  };
}

/** Sums of dollars are kept to the millionth: floating point must not make two folds of one log differ in print. */
function addUsd(sum: number, more: number): number {
  return Math.round((sum + more) * 1e6) / 1e6;
}
