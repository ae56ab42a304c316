import { stepIds } from '../loop.ts';
import { changeOutline } from '../state/outline.ts';
import { createInitialState, findChange, type LoopState, type StepRecord } from '../state.ts';
import { issueOf, type Projection } from './projection.ts';
import { FOLD_VERSION } from './version.ts';

/**
 * `outline` is a state cut to its outline. `isPartial`: it was done, was cut for that, and went on all the same, which
 * no loop does by itself: only its own events tell how it stands.
 */
export type IssueRow = { outline: LoopState; isPartial: boolean };
export type IssueRows = Map<number, IssueRow>;

/** Where every issue stands that the log knows. */
export const issuesProjection: Projection<IssueRows> = {
  name: 'issues',
  version: FOLD_VERSION,
  every: 5000,
  create: () => new Map(),
  take(rows, event) {
    const issue = issueOf(event);
    if (issue === undefined) return;
    let row = rows.get(issue);
    if (!row) {
      row = { outline: createInitialState(), isPartial: false };
      rows.set(issue, row);
    }
    const { outline } = row;
    const change = findChange(outline, event);
    outline.position = event.position;
    outline.startedAt ??= event.timestamp;
    outline.updatedAt = event.timestamp;
    if (!change) return;
    const wasDone = outline.status === 'done';
    changeOutline(outline, change);
    row.isPartial ||= wasDone && outline.status !== 'done';
  },
  toJson: (rows) =>
    [...rows].sort(([a], [b]) => a - b).map(([issue, row]) => [issue, toJson(row.outline), row.isPartial]),
  fromJson: (json) =>
    new Map(
      (json as [number, ShortOutline, boolean][]).map(([issue, outline, isPartial]) => [
        issue,
        { outline: fromJson(outline), isPartial },
      ]),
    ),
};

/** What differs from a state that has just begun; of the steps a digit for each status, and the runs. */
type ShortOutline = Partial<Omit<LoopState, 'steps'>> & { steps: string; runs: number[] };

const STATUSES = [
  'pending',
  'running',
  'completed',
  'gate-failed',
  'waiting',
  'failed',
  'skipped',
] as const satisfies readonly StepRecord['status'][];

const INITIAL: Readonly<Record<string, unknown>> = createInitialState();

function toJson({ steps, ...outline }: LoopState): ShortOutline {
  const changed = Object.entries(outline).filter(([key, value]) => !isSame(value, INITIAL[key]));
  return {
    ...Object.fromEntries(changed),
    steps: stepIds.map((id) => STATUSES.indexOf(steps[id].status)).join(''),
    runs: stepIds.map((id) => steps[id].runs),
  };
}

/** States begin with plain values, empty lists and empty tables. */
function isSame(value: unknown, initial: unknown): boolean {
  return value === initial || (isEmpty(value) && isEmpty(initial));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function fromJson({ steps, runs, ...changed }: ShortOutline): LoopState {
  const state: LoopState = { ...createInitialState(), ...changed };
  stepIds.forEach((id, index) => {
    const status = STATUSES[Number(steps[index])] ?? 'pending';
    state.steps[id] = { ...state.steps[id], status, runs: runs[index] ?? 0 };
  });
  return state;
}
