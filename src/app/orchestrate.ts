import type { Decision } from '../core/decide.ts';
import { toTammaError } from '../core/errors.ts';
import { isOfType } from '../core/events/event.ts';
import type { LoopState } from '../core/state.ts';
import type { Issue } from '../ports/platform.ts';
import { decideHere } from './claim.ts';
import { readEvents, readState } from './read-state.ts';
import type { OrchestrateReport, StepReport } from './reports.ts';
import { runStep } from './run-step.ts';
import type { Runtime } from './runtime.ts';
import { toReport } from './step-report.ts';

export type OrchestrateOptions = { dryRun?: boolean };

/**
 * One round over all issues: those under way whose next step can run (also the ones whose run died), then the next of
 * the queue up to `select.maxActive`. Each gets one step; an issue that fails does not keep the others.
 */
export async function orchestrate(
  runtime: Runtime,
  { dryRun = false }: OrchestrateOptions = {},
): Promise<OrchestrateReport> {
  const underWay = await readUnderWay(runtime);
  const active = underWay.filter(({ status }) => status === 'active' || status === 'waiting');
  const waiting = active.flatMap((state) => toWaiting(runtime, state));
  const due = active.filter((state) => isDue(decideHere(runtime, state)));
  const known = new Set(underWay.map((state) => state.issue?.number));
  const queue = (await listQueue(runtime)).filter((issue) => !known.has(issue.number));
  const free = Math.max(0, runtime.config.select.maxActive - active.length);

  const candidates = [
    ...due.map((state) => ({
      issue: state.issue?.number ?? 0,
      title: state.issue?.title ?? '',
      because: `${state.cursor} comes next`,
    })),
    ...queue
      .slice(0, free)
      .map((issue) => ({ issue: issue.number, title: issue.title, because: 'first of the queue' })),
  ];
  const chosen = candidates.slice(0, runtime.config.select.maxIterations ?? candidates.length);
  const picked: { issue: number; title: string; because: string; report: StepReport | null }[] = [];
  for (const choice of chosen) {
    if (runtime.signal.aborted) break;
    picked.push({ ...choice, report: dryRun ? null : await runOne(runtime, choice.issue) });
  }
  return { picked, waiting, queue: queue.slice(free).map((issue) => issue.number) };
}

/** What keeps one issue from its step is told in its report; what is wrong with the log concerns all of them. */
async function runOne(runtime: Runtime, issue: number): Promise<StepReport> {
  const started = runtime.clock.now().getTime();
  try {
    return await runStep(runtime, { issue });
  } catch (thrown) {
    const error = toTammaError(thrown);
    if (error.code.startsWith('LOG_')) throw error;
    const state = await readState(runtime.store, issue);
    const durationMs = runtime.clock.now().getTime() - started;
    return toReport({ issue, state, decision: decideHere(runtime, state), durationMs, error });
  }
}

/** A step that can run, or a person who has to be told: what waited too long, failed too often, costs too much. */
function isDue({ kind }: Decision): boolean {
  return kind === 'run' || kind === 'escalate';
}

/** The issue that comes next: one under way that can go on, or the first of the queue; null when there is none. */
export async function pickNext(runtime: Runtime): Promise<number | null> {
  const underWay = await readUnderWay(runtime);
  const due = underWay.find((state) => decideHere(runtime, state).kind === 'run');
  if (due?.issue) return due.issue.number;
  const known = new Set(underWay.map((state) => state.issue?.number));
  return (await listQueue(runtime)).find((issue) => !known.has(issue.number))?.number ?? null;
}

/** Every issue the log has selected, whether it is still open or not. */
async function readUnderWay(runtime: Runtime): Promise<LoopState[]> {
  const selected = await readEvents(runtime.store, { items: [{ types: ['ISSUE.SELECTED'] }] });
  const numbers = new Set(
    selected.flatMap((event) => (isOfType(event, 'ISSUE.SELECTED') ? [event.data.number] : [])),
  );
  const states: LoopState[] = [];
  for (const number of numbers) states.push(await readState(runtime.store, number));
  return states;
}

/** Eligible issues: by priority (smaller first, none last), then the oldest. */
async function listQueue({ platform, config }: Runtime): Promise<Issue[]> {
  const issues = await platform.issues.list(config.labels);
  const rank = (issue: Issue) => issue.priority ?? Number.POSITIVE_INFINITY;
  return issues.sort(
    (a, b) => rank(a) - rank(b) || a.createdAt.localeCompare(b.createdAt) || a.number - b.number,
  );
}

function toWaiting(runtime: Runtime, state: LoopState): OrchestrateReport['waiting'] {
  const decision = decideHere(runtime, state);
  if (decision.kind !== 'wait' || !state.issue) return [];
  return [{ issue: state.issue.number, for: decision.for, command: decision.command }];
}
