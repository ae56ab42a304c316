import { toTammaError } from '../core/errors.ts';
import type { LogHead } from '../ports/event-store.ts';
import { decideHere } from './claim.ts';
import { withKnownDeaths } from './dead-runs.ts';
import { deliverPending } from './deliver-pending.ts';
import { listQueue, pickFromQueue } from './queue.ts';
import { readState } from './read-state.ts';
import { isUnrecorded } from './record-events.ts';
import type { OrchestrateReport, StepReport } from './reports.ts';
import { listStarting, reserveStart } from './reserve-start.ts';
import { runStep } from './run-step.ts';
import type { Runtime } from './runtime.ts';
import { findSpentBudget } from './spending.ts';
import { toReport } from './step-report.ts';
import { beforeStall, countFree, isRipe, readUnderWay, toWaiting, type UnderWay } from './under-way.ts';

export type OrchestrateOptions = {
  dryRun?: boolean;
  /** Starts a run of its own for an issue; absent: its step is taken here and now. False: it could not be started. */
  start?: (issue: number) => Promise<boolean>;
  /** Only say what would be worked on: somebody else starts it, such as a matrix. */
  listOnly?: boolean;
  /** How long the claims of steps taken here hold; default: that of a step. */
  leaseMinutes?: number | undefined;
  /** The issue that was labelled a moment ago by somebody who may: that is why there is a round, and all that is new. */
  labelled?: number;
};

/**
 * One round over all issues: what people said and nobody heard, those under way whose next step can run (also the ones
 * whose run died), then the next of the queue up to `select.maxActive`. Each gets one step, or a run of its own; an
 * issue that fails does not keep the others. Nothing is begun once the day's budget is spent.
 */
export async function orchestrate(
  runtime: Runtime,
  options: OrchestrateOptions = {},
): Promise<OrchestrateReport> {
  const { dryRun = false, start, labelled } = options;
  if (!dryRun) await deliverPending(runtime);
  const head = await runtime.store.head();
  const underWay = await readUnderWay(runtime, { hear: !dryRun && labelled === undefined });
  const active = underWay.filter(
    ({ state, woken }) => woken || state.status === 'active' || state.status === 'waiting',
  );
  const budget = await findSpentBudget(runtime);
  const ripe = await filter(active, (entry) => isRipe(runtime, entry, { ownRuns: Boolean(start) }));
  ripe.sort((a, b) => (a.state.updatedAt ?? '').localeCompare(b.state.updatedAt ?? ''));

  const known = new Set(underWay.map(({ issue }) => issue));
  const eligible = (await listQueue(runtime)).filter((issue) => !known.has(issue.number));
  const begun = await listStarting(runtime, beforeStall(runtime));
  const starting = [...begun].filter((issue) => !known.has(issue));
  const queue = eligible.filter((issue) => !starting.includes(issue.number));
  const free = countFree(runtime, active) - starting.length;
  const next = budget ? { begin: [], held: [] } : await pickFromQueue(runtime, { queue, free, labelled });

  const due = ripe.flatMap((entry) => toCandidate(runtime, entry, { isSpent: budget !== null }));
  const fresh = next.begin.map(({ number, title }) => ({
    issue: number,
    title,
    because: 'first of the queue',
  }));
  const picked = await take(runtime, { due, fresh, head }, options);
  const gone = new Set([...next.begin.map(({ number }) => number), ...next.held.map(({ issue }) => issue)]);
  return {
    picked,
    waiting: active.flatMap(({ state }) => toWaiting(runtime, state)),
    queue: eligible.map(({ number }) => number).filter((number) => !gone.has(number)),
    held: next.held,
    budget,
  };
}

type Candidate = { issue: number; title: string; because: string };

/** Where the budget is spent, only what costs nothing goes on: telling a person. */
function toCandidate(
  runtime: Runtime,
  { issue, state }: UnderWay,
  { isSpent }: { isSpent: boolean },
): Candidate[] {
  if (isSpent && decideHere(runtime, state).kind === 'run') return [];
  return [{ issue, title: state.issue?.title ?? '', because: `${state.cursor} comes next` }];
}

type Candidates = { due: readonly Candidate[]; fresh: readonly Candidate[]; head: LogHead };

/** Those under way first, and no more than one round may have. */
async function take(
  runtime: Runtime,
  { due, fresh, head }: Candidates,
  { dryRun, listOnly, start, leaseMinutes }: OrchestrateOptions,
): Promise<OrchestrateReport['picked']> {
  const all = [...due, ...fresh];
  const picked: OrchestrateReport['picked'][number][] = [];
  for (const choice of all.slice(0, runtime.config.select.maxIterations ?? all.length)) {
    if (runtime.signal.aborted || hasStopped(picked)) break;
    if (dryRun || listOnly) picked.push({ ...choice, report: null });
    else if (!start) picked.push({ ...choice, report: await takeStep(runtime, choice.issue, leaseMinutes) });
    else if (!fresh.includes(choice) || (await reserveStart(runtime, choice.issue, head)))
      picked.push({ ...choice, report: null, dispatched: await start(choice.issue) });
  }
  return picked;
}

/** A log that does not take what one issue did would not take what the next one does. */
function hasStopped(picked: OrchestrateReport['picked']): boolean {
  const error = picked.at(-1)?.report?.error;
  return error ? isUnrecorded(error) : false;
}

/** What keeps one issue from its step is told in its report; what is wrong with the log concerns all of them. */
async function takeStep(
  runtime: Runtime,
  issue: number,
  leaseMinutes: number | undefined,
): Promise<StepReport> {
  const started = runtime.clock.now().getTime();
  try {
    const live = await withKnownDeaths(runtime, await readState(runtime.store, issue));
    return await runStep(live, { issue, leaseMinutes });
  } catch (thrown) {
    const error = toTammaError(thrown);
    if (isUnrecorded(error)) throw error;
    const state = await readState(runtime.store, issue);
    const durationMs = runtime.clock.now().getTime() - started;
    return toReport({ issue, state, decision: decideHere(runtime, state), durationMs, error });
  }
}

/** The issue that comes next: one under way that can go on, or the first of the queue; null when there is none. */
export async function pickNext(runtime: Runtime): Promise<number | null> {
  await runtime.store.head();
  const underWay = await readUnderWay(runtime, { hear: false });
  const due = underWay.find(({ state }) => decideHere(runtime, state).kind === 'run');
  if (due?.state.issue) return due.state.issue.number;
  const known = new Set(underWay.map(({ issue }) => issue));
  const queue = (await listQueue(runtime)).filter((issue) => !known.has(issue.number));
  const { begin } = await pickFromQueue(runtime, { queue, free: 1 });
  return begin[0]?.number ?? null;
}

async function filter<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const item of items) if (await test(item)) kept.push(item);
  return kept;
}
