import { isOfType, type LoggedEvent } from '../core/events/event.ts';
import { getRow, type StepId } from '../core/loop.ts';

export type StepRun = {
  stepId: StepId;
  run: number;
  startedAt: number;
  endedAt: number;
  outcome: 'completed' | 'gate-failed' | 'failed' | 'skipped' | 'waiting' | 'running';
};

const MAX_BARS = 60;
const tags = {
  completed: 'done',
  skipped: 'done',
  'gate-failed': 'crit',
  failed: 'crit',
  waiting: 'active',
  running: 'active',
};

/** Every run of a step with its begin and end, in milliseconds since 1970, in the order of the log. */
export function listRuns(events: Iterable<LoggedEvent>): StepRun[] {
  const runs: StepRun[] = [];
  for (const event of events) {
    const at = Date.parse(event.timestamp);
    if (isOfType(event, 'WORKFLOW.STEP_STARTED')) {
      runs.push({
        stepId: event.data.stepId,
        run: event.data.run,
        startedAt: at,
        endedAt: at,
        outcome: 'running',
      });
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

/** The runs as a Mermaid chart, in words of ours only; empty where there are none. */
export function renderTimeline(events: Iterable<LoggedEvent>): string {
  const runs = listRuns(events).slice(-MAX_BARS);
  if (runs.length === 0) return '';
  const bars = runs.map(({ stepId, run, startedAt, endedAt, outcome }) => {
    const name = run > 1 ? `${getRow(stepId).title} ${run}` : getRow(stepId).title;
    return `  ${name} :${tags[outcome]}, ${startedAt}, ${Math.max(endedAt, startedAt + 1)}`;
  });
  return ['```mermaid', 'gantt', '  dateFormat x', '  axisFormat %H:%M:%S', ...bars, '```'].join('\n');
}
