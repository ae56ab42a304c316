import type { EventData } from '../events/catalogue.ts';
import type { Answer, ApprovalKind, Holder, Plan, Question, Report } from '../events/parts.ts';
import type { GateId, StepId } from '../loop.ts';

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
  /** Name of the plan's option that was chosen. */
  option?: string;
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
  /** The run that worked on it last; one that only looked whether a wait is over is none. Empty before the first. */
  runId: string;
};

export type Escalation = EventData['ESCALATION.TRIGGERED'] & { since: string };

/** What is known of one issue, folded from its events. Nothing else carries over from one run to the next. */
export type LoopState = {
  issue: {
    number: number;
    title: string;
    /** Empty where the platform has none. */
    url: string;
    digest: string;
    labels: readonly string[];
  } | null;
  position: number;
  correlationId: string | null;
  status: LoopStatus;
  /** The step that comes next. */
  cursor: StepId;
  claim: Claim | null;
  /** The run that worked on the issue last, as `StepRecord` has it. */
  runId: string;
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
  handOver: {
    reason: 'tests-pass-already' | 'protected-path' | 'deployment-failed';
    summary: string;
  } | null;
  /** Set when a repair changed nothing, or the same failure came back on the same tree. */
  stuck: boolean;
  passedGates: Partial<Record<GateId, EventData['GATE.PASSED']>>;
  pull: { number: number; url: string; headSha: string } | null;
  /** What the platform's checks said last. */
  ci: EventData['CI.STATUS_CHANGED'] | null;
  mergeSha: string | null;
  /** When the work on the present head began: what was said after that, it does not answer. */
  headSince: string | null;
  /** The run that deploys the change, once it was started. */
  deployment: { runId: string; url: string | null; since: string } | null;
  /** When a deployment was first meant to be started, while nobody knows whether it was. */
  dispatchIntendedAt: string | null;
  stepErrors: { stepId: StepId; count: number; last: EventData['WORKFLOW.STEP_FAILED'] } | null;
  /** Since when, and why, the platform keeps asking to come back later with this step. */
  putOff: { stepId: StepId; since: string; reason: string } | null;
  /** Runs of the step at the cursor that began and never said how they ended: killed, or out of time. */
  deaths: number;
  budgetExceeded: EventData['BUDGET.EXCEEDED'] | null;
  escalation: Escalation | null;
  costUsd: number;
  startedAt: string | null;
  updatedAt: string | null;
};
