import type { EventData } from '../events/catalogue.ts';
import { type StepId, stepIds } from '../loop.ts';
import type { Escalation, GateFailure, LoopState, StepRecord } from './types.ts';

type Issue = NonNullable<LoopState['issue']>;
type StepErrors = NonNullable<LoopState['stepErrors']>;
type Ci = EventData['CI.STATUS_CHANGED'];

/**
 * What is kept of every loop at once: enough to decide what comes next and to list it, not what was said or found. A whole
 * state is an outline too.
 */
export type LoopOutline = Pick<
  LoopState,
  | 'position'
  | 'status'
  | 'cursor'
  | 'claim'
  | 'wait'
  | 'outdated'
  | 'head'
  | 'branch'
  | 'failedAttempts'
  | 'handOver'
  | 'stuck'
  | 'pull'
  | 'mergeSha'
  | 'deployment'
  | 'putOff'
  | 'deaths'
  | 'budgetExceeded'
  | 'costUsd'
  | 'startedAt'
  | 'updatedAt'
> & {
  issue: Pick<Issue, 'number' | 'title' | 'url'> | null;
  steps: Record<StepId, Pick<StepRecord, 'status' | 'runs'>>;
  context: Pick<EventData['CONTEXT.GATHERED.SUCCESS'], 'baseBranch'> | null;
  failures: readonly (Omit<GateFailure, 'report'> & { report: { summary: string } })[];
  requestedApproval: Pick<EventData['APPROVAL.REQUESTED'], 'kind' | 'digest'> | null;
  /** Of the checks those that somebody has to do something about. */
  ci: (Pick<Ci, 'headSha'> & { checks: readonly Omit<Ci['checks'][number], 'status' | 'url'>[] }) | null;
  stepErrors: { stepId: StepId; count: number; last: Pick<StepErrors['last'], 'message'> } | null;
  escalation: Omit<Escalation, 'reports'> | null;
};

type Cuts = { [K in keyof LoopState]?: (value: LoopState[K]) => unknown };

/**
 * What is kept of a part of the state, for those that are not kept whole. What an outline has no room for stays as a state
 * begins: no fold of what is kept looks at it.
 */
const cuts = {
  issue: (issue) => issue && { number: issue.number, title: issue.title, url: issue.url },
  context: (context) => context && { baseBranch: context.baseBranch },
  failures: (failures) => failures.map(cutFailure),
  requestedApproval: (wanted) => wanted && { kind: wanted.kind, digest: wanted.digest },
  ci: (ci) => ci && cutCi(ci),
  stepErrors: (errors) => errors && { ...errors, last: { message: errors.last.message } },
  escalation: (escalation) => escalation && cutEscalation(escalation),
  steps: (steps) => cutSteps(steps),
  correlationId: () => null,
  runId: () => '',
  research: () => null,
  ambiguity: () => null,
  questions: () => [],
  answers: () => [],
  questionRounds: () => 0,
  split: () => [],
  design: () => null,
  feedback: () => [],
  approvals: () => [],
  frozenTests: () => null,
  redHead: () => null,
  implemented: () => false,
  rounds: () => 0,
  evidence: () => [],
  passedGates: () => ({}),
  headSince: () => null,
  dispatchIntendedAt: () => null,
} as const satisfies Cuts & Record<Exclude<keyof LoopState, keyof LoopOutline>, unknown>;

/** What nobody asks any more of a loop that is done. */
const OVER = {
  outdated: false,
  context: null,
  failures: [],
  handOver: null,
  stuck: false,
  requestedApproval: null,
  ci: null,
  deployment: null,
  stepErrors: null,
  putOff: null,
  deaths: 0,
  budgetExceeded: null,
} as const satisfies Partial<LoopOutline>;

/**
 * Puts into an outline, in place, what an event changes of it, so that a fold of outlines is the outline of the fold. That
 * holds as long as the loop does not leave `done` again.
 */
export function changeOutline(outline: LoopState, change: Partial<LoopState>): void {
  const parts: Record<string, unknown> = outline;
  for (const key in change) parts[key] = cut(key, change[key as keyof LoopState]);
  if (outline.status === 'done') Object.assign(outline, OVER);
}

/** The outline of a state, which stays as it is. */
export function toOutline(state: LoopState): LoopOutline {
  const outline = { ...state, steps: { ...state.steps } };
  changeOutline(outline, outline);
  return outline;
}

function cut(key: string, value: unknown): unknown {
  const table: Readonly<Partial<Record<string, (value: never) => unknown>>> = cuts;
  const rule = table[key];
  return rule ? rule(value as never) : value;
}

function cutFailure({ gateId, attempt, treeSha, findingsDigest, report }: GateFailure) {
  return { gateId, attempt, treeSha, findingsDigest, report: { summary: report.summary } };
}

function cutCi({ headSha, checks }: Ci): NonNullable<LoopOutline['ci']> {
  const telling = checks.filter(({ needsApproval, missing }) => needsApproval || missing);
  return { headSha, checks: telling.map(({ status: _, url: __, ...rest }) => rest) };
}

function cutEscalation({ reports: _, ...rest }: Escalation): NonNullable<LoopOutline['escalation']> {
  return rest;
}

/** In place: whoever changes a step makes a new table of them. */
function cutSteps(steps: LoopState['steps']): LoopState['steps'] {
  for (const id of stepIds) {
    const { status, runs, durationMs, costUsd, summary, runId } = steps[id];
    if (summary !== '' || runId !== '' || durationMs !== 0 || costUsd !== 0)
      steps[id] = { status, runs, durationMs: 0, costUsd: 0, summary: '', runId: '' };
  }
  return steps;
}
