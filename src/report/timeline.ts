import { isOfType, type LoggedEvent } from '../core/events/event.ts';
import { getRow, loop, type StepId } from '../core/loop.ts';
import { formatDuration } from '../lib/quantities.ts';

export type StepRun = {
  stepId: StepId;
  run: number;
  startedAt: number;
  endedAt: number;
  outcome: 'completed' | 'gate-failed' | 'failed' | 'skipped' | 'waiting' | 'running';
};

const MAX_BARS = 60;
/** Shorter pauses between two runs are the runner's, not somebody's. */
const MIN_WAIT_MS = 60_000;

const tags = {
  completed: 'done',
  skipped: 'done',
  'gate-failed': 'crit',
  failed: 'crit',
  waiting: 'active',
  running: 'active',
} as const satisfies Record<StepRun['outcome'], string>;

/** Every run of a step with its begin and end, in milliseconds since 1970, in the order of the log. */
export function listRuns(events: Iterable<LoggedEvent>): StepRun[] {
  const runs: StepRun[] = [];
  for (const event of events) {
    const at = Date.parse(event.timestamp);
    if (isOfType(event, 'WORKFLOW.STEP_STARTED')) {
      const { stepId, run } = event.data;
      runs.push({ stepId, run, startedAt: at, endedAt: at, outcome: 'running' });
      continue;
    }
    const current = runs.at(-1);
    if (!current) continue;
    const outcome = findOutcome(event);
    if (current.outcome === 'running') current.endedAt = Math.max(current.startedAt, at);
    if (current.outcome === 'running' && outcome) current.outcome = outcome;
  }
  return runs;
}

function findOutcome(event: LoggedEvent): StepRun['outcome'] | undefined {
  if (isOfType(event, 'WORKFLOW.STEP_COMPLETED')) return event.data.outcome;
  if (isOfType(event, 'WORKFLOW.STEP_FAILED')) return 'failed';
  if (isOfType(event, 'WORKFLOW.STEP_SKIPPED')) return 'skipped';
  return isOfType(event, 'WORKFLOW.WAITING') ? 'waiting' : undefined;
}

/**
 * The runs as a Mermaid chart on the clock, and what was waited for in between; empty where there are none. Every word
 * in it is of ours: Mermaid has no escape for `:`, `;` and `#` in the name of a bar.
 */
export function renderTimeline(events: Iterable<LoggedEvent>): string {
  const runs = listRuns(events).slice(-MAX_BARS);
  if (runs.length === 0) return '';
  const lines = ['```mermaid', 'gantt', '  dateFormat x', '  axisFormat %H:%M:%S', '  todayMarker off'];
  const seen = new Map<string, number>();
  let section = '';
  for (const [index, run] of runs.entries()) {
    const name = nameSection(run, runs.slice(0, index));
    if (name !== section) lines.push(`  section ${countName(seen, name)}`);
    section = name;
    lines.push(...renderBars(run, runs[index + 1]));
  }
  return [...lines, '```'].join('\n');
}

const BUILD = loop.findIndex(({ id }) => id === 'CODE_GENERATION');
const DELIVER = loop.findIndex(({ id }) => id === 'PR_CREATION');

function nameSection({ stepId }: StepRun, before: readonly StepRun[]): string {
  const at = loop.findIndex(({ id }) => id === stepId);
  if (at < BUILD) return 'Plan';
  if (at >= DELIVER) return 'Deliver';
  const rounds = before.filter((run) => run.stepId === 'CODE_GENERATION').length;
  return `Round ${stepId === 'CODE_GENERATION' ? rounds + 1 : Math.max(1, rounds)}`;
}

/** Two sections of one name would be drawn as one. */
function countName(seen: Map<string, number>, name: string): string {
  const count = (seen.get(name) ?? 0) + 1;
  seen.set(name, count);
  return count === 1 ? name : `${name} again ${count}`;
}

function renderBars(
  { stepId, run, startedAt, endedAt, outcome }: StepRun,
  next: StepRun | undefined,
): string[] {
  const { title } = getRow(stepId);
  const attempt = run > 1 ? ` (${run})` : '';
  const bar = (name: string, tag: string, from: number, to: number) =>
    `  ${name}, ${formatDuration(to - from)} :${tag}, ${from}, ${Math.max(to, from + 1)}`;
  const waited = outcome === 'waiting' && next !== undefined && next.startedAt - endedAt >= MIN_WAIT_MS;
  return [
    bar(`${title}${attempt}`, tags[outcome], startedAt, endedAt),
    ...(waited ? [bar('waited', 'active', endedAt, next.startedAt)] : []),
  ];
}
