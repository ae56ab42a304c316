import { type Decision, decide } from '../decide.ts';
import type { LoggedEvent } from '../events/event.ts';
import { loop, type StepId } from '../loop.ts';
import { createInitialState, findChange, type LoopState, type StepRecord } from '../state.ts';
import type { DecisionPoint, Ground } from './decisions.ts';

/** What `decide` reads of a state, and what folds read to make it; of `steps` only the status counts. */
export const DECIDING = [
  'status',
  'cursor',
  'claim',
  'wait',
  'putOff',
  'failures',
  'failedAttempts',
  'budgetExceeded',
  'handOver',
  'stuck',
  'stepErrors',
  'deaths',
  'escalation',
  'outdated',
  'head',
] as const satisfies readonly (keyof LoopState)[];

type History = {
  events: readonly LoggedEvent[];
  /** The state before each event. */
  before: readonly LoopState[];
  /** The number of the decision that is taken after so many events. */
  pointAt: ReadonlyMap<number, number>;
  points: readonly DecisionPoint[];
};

/**
 * For each decision the events it rested on: those without which it would have been another one, or for another reason.
 * Where each of several events alone would have led there, no single one is missed: then those that last wrote what was
 * decided on. What models were asked and answered decides nothing and is not tried. The cost is that of following the
 * log once for each event, until what it changed is forgotten.
 */
export function findGrounds(
  events: readonly LoggedEvent[],
  before: readonly LoopState[],
  points: readonly DecisionPoint[],
): Ground[][] {
  const pointAt = new Map(points.map(({ index }, number) => [index, number]));
  const history: History = { events, before, pointAt, points };
  const grounds = points.map((): number[] => []);
  for (const [at, event] of events.entries()) {
    if (!mayMatter(event)) continue;
    for (const number of findTurned(history, at)) grounds[number]?.push(at);
  }
  return grounds.map((found, number) => {
    const chosen = found.length > 0 ? found : findLastWriters(history, points[number]);
    return chosen.flatMap((at) => toGround(events[at]));
  });
}

function toGround(event: LoggedEvent | undefined): Ground[] {
  return event ? [{ position: event.position, type: event.type }] : [];
}

function mayMatter(event: LoggedEvent): boolean {
  return !event.type.startsWith('AI.');
}

/** The decisions that would have been others had the event at `at` never been. */
function findTurned(history: History, at: number): number[] {
  const { events, before, pointAt, points } = history;
  const turned: number[] = [];
  let state = before[at] ?? createInitialState();
  for (let index = at + 1; index <= events.length; index += 1) {
    const number = pointAt.get(index);
    const point = number === undefined ? undefined : points[number];
    if (number !== undefined && point && decideAs(state, point) !== point.decided) turned.push(number);
    const actual = before[index];
    if (actual && isForgotten(state, actual)) {
      return [...turned, ...followSteps(history, { from: index, open: listOpenSteps(state, actual) })];
    }
    const event = events[index];
    if (event && mayMatter(event)) state = { ...state, ...findChange(state, event) };
  }
  return turned;
}

/** That a step runs for the second time and not for the first makes no other decision. */
export function toComparable(decision: Decision): string {
  const { because, ...rest } = decision;
  const what = 'stepId' in rest ? rest.stepId : rest.status;
  return [rest.kind, what, 'reason' in rest ? rest.reason : '', because].join(' ');
}

function decideAs(state: LoopState, { options }: DecisionPoint): string {
  return toComparable(decide(state, options));
}

function isForgotten(state: LoopState, actual: LoopState): boolean {
  return DECIDING.every((key) => isSame(state[key], actual[key]));
}

/** Equal enough to decide the same; two of equal content that were made apart may count as different. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const entries = Object.entries(a);
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([key, value]) => value === (b as Record<string, unknown>)[key])
  );
}

type OpenSteps = Map<StepId, StepRecord>;

function listOpenSteps(state: LoopState, actual: LoopState): OpenSteps {
  return new Map(
    loop.flatMap(({ id }) => {
      const [record, real] = [state.steps[id], actual.steps[id]];
      return record.status === real.status ? [] : [[id, record] as const];
    }),
  );
}

/** What goes on where only the records of some steps still differ: each until the step is begun, done or skipped anew. */
function followSteps({ events, before, pointAt, points }: History, start: { from: number; open: OpenSteps }) {
  const { open } = start;
  const turned: number[] = [];
  for (let index = start.from; open.size > 0 && index <= events.length; index += 1) {
    const number = pointAt.get(index);
    const point = number === undefined ? undefined : points[number];
    const actual = before[index];
    if (number !== undefined && point && actual && index > start.from && readsStep(actual, open)) {
      const steps = { ...actual.steps, ...Object.fromEntries(open) };
      if (decideAs({ ...actual, steps }, point) !== point.decided) turned.push(number);
    }
    const event = events[index];
    for (const id of open.keys()) {
      if (event && actual && before[index + 1]?.steps[id].status !== actual.steps[id].status) open.delete(id);
    }
  }
  return turned;
}

/** A run is explained by the record of the step before. */
function readsStep({ cursor }: LoopState, open: OpenSteps): boolean {
  const before = loop[loop.findIndex(({ id }) => id === cursor) - 1]?.id;
  return before !== undefined && open.has(before);
}

/** The events that last wrote what the decision read and what is not as it was at the beginning. */
function findLastWriters({ events, before }: History, point: DecisionPoint | undefined): number[] {
  const state = point && before[point.index];
  if (!state) return [];
  const initial = createInitialState();
  const read = new Set<string | symbol>();
  const watched = new Proxy(state, {
    get(target, key, receiver) {
      read.add(key);
      return Reflect.get(target, key, receiver);
    },
  });
  decide(watched, point.options);
  const writers = DECIDING.filter((key) => read.has(key) && !isSame(state[key], initial[key])).map((key) =>
    findLastWriter({ events, before }, point.index, key),
  );
  return [...new Set(writers)].filter((at) => at >= 0).sort((a, b) => a - b);
}

function findLastWriter(
  { events, before }: Pick<History, 'events' | 'before'>,
  index: number,
  key: keyof LoopState,
): number {
  for (let at = index - 1; at >= 0; at -= 1) {
    const event = events[at];
    if (event && mayMatter(event) && !isSame(before[at]?.[key], before[at + 1]?.[key])) return at;
  }
  return -1;
}
