import { isOfType, type LoggedEvent } from '../events/event.ts';
import type { StepId } from '../loop.ts';
import { foldEvents, type LoopState } from '../state.ts';
import { createSameness, type EventDifference } from './sameness.ts';

/** One thing that happened in a loop: a run of a step with its end, or what a person said. */
export type Happening = {
  position: number;
  kind: 'run' | 'person' | 'escalation';
  /** By which the same thing in two logs is found: the step, the command, the reason. */
  name: string;
  /** How it ended, or what was said: equal where both came to the same. */
  outcome: string;
  /** For people. */
  text: string;
};

export type ComparedRow =
  | { kind: 'same' | 'different'; here: Happening; there: Happening }
  | { kind: 'only-here'; here: Happening }
  | { kind: 'only-there'; there: Happening };

export type Totals = {
  events: number;
  status: LoopState['status'];
  cursor: StepId;
  runs: number;
  rounds: number;
  failedGates: number;
  costUsd: number;
  workMs: number;
};

export type LogComparison = {
  /** Events that both logs share to the byte: one log went two ways after them, or one is the other's beginning. */
  shared: number;
  /** The first event behind those that says something else, and what. */
  first: { here: number; there: number; difference: EventDifference } | null;
  rows: ComparedRow[];
  here: Totals;
  there: Totals;
};

/** Two logs of one issue, side by side: what happened in both, in one only, or otherwise. */
export function compareLogs(here: readonly LoggedEvent[], there: readonly LoggedEvent[]): LogComparison {
  const shared = countShared(here, there);
  return {
    shared,
    first: findFirst(here.slice(shared), there.slice(shared)),
    rows: align(listHappenings(here), listHappenings(there)),
    here: sumUp(here),
    there: sumUp(there),
  };
}

function countShared(here: readonly LoggedEvent[], there: readonly LoggedEvent[]): number {
  const parted = here.findIndex((event, index) => event.id !== there[index]?.id);
  return parted === -1 ? here.length : parted;
}

/** Ids, times and digests are other ones in another log; only what is said counts. */
function findFirst(here: readonly LoggedEvent[], there: readonly LoggedEvent[]): LogComparison['first'] {
  const sameness = createSameness();
  for (const [index, event] of here.entries()) {
    const other = there[index];
    if (!other) return null;
    const difference = sameness.compare(event, other);
    if (difference) return { here: event.position, there: other.position, difference };
  }
  return null;
}

/** What happened, without what was said to and by models. */
export function listHappenings(events: readonly LoggedEvent[]): Happening[] {
  const happenings: Happening[] = [];
  let running: Happening | undefined;
  for (const event of events) {
    const { position } = event;
    if (isOfType(event, 'WORKFLOW.STEP_STARTED')) {
      running = { position, kind: 'run', name: event.data.stepId, outcome: 'cut off', text: '' };
      happenings.push(running);
      continue;
    }
    const end = findEnd(event);
    if (end && running) Object.assign(running, end);
    const other = findOther(event);
    if (other) happenings.push({ position, ...other });
  }
  return happenings;
}

function findEnd(event: LoggedEvent): Pick<Happening, 'outcome' | 'text'> | undefined {
  if (isOfType(event, 'WORKFLOW.STEP_COMPLETED'))
    return { outcome: event.data.outcome === 'completed' ? 'done' : 'sent back', text: event.data.summary };
  if (isOfType(event, 'WORKFLOW.STEP_SKIPPED')) return { outcome: 'skipped', text: event.data.reason };
  if (isOfType(event, 'WORKFLOW.STEP_FAILED'))
    return { outcome: `failed with ${event.data.code}`, text: event.data.message };
  if (isOfType(event, 'WORKFLOW.WAITING'))
    return { outcome: `waits for ${event.data.for}`, text: event.data.reason ?? '' };
  return undefined;
}

function findOther(event: LoggedEvent): Omit<Happening, 'position'> | undefined {
  const { login } = event.metadata.actor;
  if (isOfType(event, 'COMMAND.RECEIVED')) {
    const { command: name, argument } = event.data;
    return {
      kind: 'person',
      name,
      outcome: argument.replace(/\b[0-9a-f]{7,64}\b/g, ''),
      text: `${login}: ${argument}`,
    };
  }
  if (isOfType(event, 'COMMAND.REFUSED')) {
    const { command: name, reason } = event.data;
    return { kind: 'person', name, outcome: 'refused', text: `${login}: refused, ${reason}` };
  }
  if (isOfType(event, 'ESCALATION.TRIGGERED')) {
    const { reason, stepId, summary } = event.data;
    return { kind: 'escalation', name: reason, outcome: stepId, text: summary };
  }
  return undefined;
}

/** The longest common course of both, by names (Wagner and Fischer 1974); what stands in one only is between. */
function align(here: readonly Happening[], there: readonly Happening[]): ComparedRow[] {
  const common = measureCommon(here, there);
  const rows: ComparedRow[] = [];
  let [i, j] = [0, 0];
  while (i < here.length || j < there.length) {
    const [a, b] = [here[i], there[j]];
    if (a && b && isSameThing(a, b)) {
      rows.push({ kind: a.outcome === b.outcome ? 'same' : 'different', here: a, there: b });
      i += 1;
      j += 1;
    } else if (a && (!b || (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) {
      rows.push({ kind: 'only-here', here: a });
      i += 1;
    } else if (b) {
      rows.push({ kind: 'only-there', there: b });
      j += 1;
    }
  }
  return rows;
}

function measureCommon(here: readonly Happening[], there: readonly Happening[]): number[][] {
  const common = Array.from({ length: here.length + 1 }, () => new Array<number>(there.length + 1).fill(0));
  for (let i = here.length - 1; i >= 0; i -= 1) {
    for (let j = there.length - 1; j >= 0; j -= 1) {
      const [a, b] = [here[i], there[j]];
      const row = common[i] as number[];
      row[j] =
        a && b && isSameThing(a, b)
          ? (common[i + 1]?.[j + 1] ?? 0) + 1
          : Math.max(common[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return common;
}

function isSameThing(a: Happening, b: Happening): boolean {
  return a.kind === b.kind && a.name === b.name;
}

function sumUp(events: readonly LoggedEvent[]): Totals {
  const state = foldEvents(events);
  return {
    events: events.length,
    status: state.status,
    cursor: state.cursor,
    runs: events.filter(({ type }) => type === 'WORKFLOW.STEP_STARTED').length,
    rounds: state.rounds,
    failedGates: events.filter(({ type }) => type === 'GATE.FAILED').length,
    costUsd: state.costUsd,
    workMs: Object.values(state.steps).reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}
