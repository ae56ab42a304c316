import { TammaError } from '../../core/errors.ts';
import { isOfType, type LoggedEvent } from '../../core/events/event.ts';
import { type Act, type ActOptions, findAct } from '../../core/replay/acts.ts';
import { findRecorded, listDecisions } from '../../core/replay/decisions.ts';
import {
  type Aside,
  createSameness,
  type EventDifference,
  type Sameness,
} from '../../core/replay/sameness.ts';
import { decideHere } from '../claim.ts';
import { queryOfIssue, readEvents, readState } from '../read-state.ts';
import { readIssue } from '../replay.ts';
import type { Runtime } from '../runtime.ts';
import { perform } from './perform.ts';
import { findForgeIssue, TOLD_ON_FORGE } from './recorded-issue.ts';
import { createReplayClock } from './replay-clock.ts';
import { readSession, type Session } from './session.ts';
import { readKeptSession } from './session-from-content.ts';
import { openWorld, type WorldSource } from './world.ts';

export type RunAgainSource = WorldSource & Pick<Runtime, 'store' | 'clock' | 'content'>;

export type RunAgainOptions = {
  issue: number;
  /** Recorded session; by default what was kept of the prompts and answers. */
  session?: string | undefined;
  sandbox?: 'required' | 'best-effort' | undefined;
  configFile?: string | undefined;
};

/** The first place where the log and the code at hand part. */
export type Parting = {
  /** Of the log. Null: the log says nothing more there. */
  position: number | null;
  type: string;
  stepId: string | null;
  difference: EventDifference;
  /** In words, where there are better ones than the values. */
  reason: string;
};

export type RunAgainReport = {
  issue: number;
  status: 'same' | 'differs';
  /** Events of the log that were compared, of how many. */
  events: number;
  of: number;
  /** What was told on a forge, which is not there: nothing rests on it. */
  leftOut: number;
  decisions: number;
  /** Runs of steps: worked again, and taken from the log because something outside ended them. */
  again: number;
  taken: number;
  /** Asked of any model: it is always none. */
  tokens: 0;
  parting: Parting | null;
  /** What differs and decides nothing: counts in texts, fields that the log did not have yet. */
  asides: readonly Aside[];
};

/**
 * The whole loop of an issue once more, in a repository of its own: every step runs, the models' answers are those of the
 * session, what people said is said again at the same places, the clock is that of the log. Ends at the first event that
 * is not what the log has. Writes nothing to the log, the platform or the repository. Throws what keeps it from beginning.
 */
export async function runAgain(source: RunAgainSource, options: RunAgainOptions): Promise<RunAgainReport> {
  const log = await readIssue(source, options.issue);
  const events = findForgeIssue(log) ? log.filter(({ type }) => !TOLD_ON_FORGE.includes(type)) : log;
  const clock = createReplayClock(source.clock);
  const session = await findSession(source, events, options.session);
  const world = await openWorld(source, { ...options, session, events, clock });
  try {
    await world.runtime.provider('DESIGN');
    const setTo = (time: string) => clock.setTo(time);
    const leftOut = log.length - events.length;
    return await follow(world.runtime, { ...options, events, leftOut, sameness: createSameness(), setTo });
  } finally {
    await world.close();
  }
}

type Course = {
  issue: number;
  events: readonly LoggedEvent[];
  leftOut: number;
  sameness: Sameness;
  setTo(time: string): void;
};

async function follow(world: Runtime, course: Course): Promise<RunAgainReport> {
  const { events, issue } = course;
  const isForge = findForgeIssue(events) !== undefined;
  const options: ActOptions = { withoutPlatform: isForge };
  const acts: Act[] = [];
  let seen = 0;
  let index = 0;
  const report = (parting: Parting | null): RunAgainReport => ({
    issue,
    status: parting ? 'differs' : 'same',
    events: index,
    of: events.length,
    leftOut: course.leftOut,
    decisions: events.slice(0, index).filter((event) => findRecorded(event)).length,
    again: acts.filter(({ kind }) => kind === 'step').length,
    taken: acts.filter(({ kind }) => kind === 'taken' || kind === 'death').length,
    tokens: 0,
    parting,
    asides: course.sameness.asides(),
  });
  while (index < events.length) {
    if (world.signal.aborted) throw new TammaError('INTERRUPTED', 'the replay was stopped before its end');
    const act = findAct(events, index, options);
    acts.push(act);
    course.setTo(events[index]?.timestamp ?? '');
    await perform(world, act, course);
    const written = await readEvents(world.store, queryOfIssue(issue), { after: seen });
    const fresh = isForge ? written.filter(({ type }) => !TOLD_ON_FORGE.includes(type)) : written;
    if (fresh.length === 0) return report(await describeStandstill(world, course, index));
    const parting = compareAll(course, fresh, index);
    index += parting ? countSame(events, index, parting) : fresh.length;
    if (parting) return report(parting);
    seen = written.at(-1)?.position ?? seen;
  }
  index = events.length;
  return report(await findLatePartings(world, issue));
}

function countSame(events: readonly LoggedEvent[], from: number, { position }: Parting): number {
  const at = events.findIndex((event) => event.position === position);
  return at === -1 ? 0 : at - from;
}

/** The last run of a log may have been cut off: what it would have gone on to do is no difference. */
function compareAll(
  { events, sameness }: Course,
  fresh: readonly LoggedEvent[],
  from: number,
): Parting | undefined {
  for (const [offset, replayed] of fresh.entries()) {
    const recorded = events[from + offset];
    if (!recorded) return undefined;
    const difference = sameness.compare(recorded, replayed);
    if (difference) return describeParting(recorded, difference, fresh);
  }
  return undefined;
}

function describeParting(
  recorded: LoggedEvent,
  difference: EventDifference,
  fresh: readonly LoggedEvent[],
): Parting {
  const { position, type, tags } = recorded;
  const failed = fresh.find((event) => isOfType(event, 'WORKFLOW.STEP_FAILED'));
  const reason =
    failed && isOfType(failed, 'WORKFLOW.STEP_FAILED') ? `${failed.data.code}: ${failed.data.message}` : '';
  return { position, type, stepId: tags.stepId ?? null, difference, reason };
}

/** Nothing was recorded where the log goes on: this version waits, or has ended. */
async function describeStandstill(
  world: Runtime,
  { events, issue }: Course,
  index: number,
): Promise<Parting> {
  const recorded = events[index];
  const decision = decideHere(world, await readState(world.store, issue));
  const { position, type, tags } = recorded as LoggedEvent;
  return {
    position,
    type,
    stepId: tags.stepId ?? null,
    difference: { path: 'type', recorded: type, replayed: `nothing: ${decision.kind}` },
    reason: decision.because,
  };
}

/** Runs that were taken from the log may hold decisions as well. */
async function findLatePartings(world: Runtime, issue: number): Promise<Parting | null> {
  const events = await readEvents(world.store, queryOfIssue(issue));
  const { maxAttempts } = world.config.gates;
  const other = listDecisions(events, { maxAttempts }).find(({ agrees }) => !agrees);
  if (!other) return null;
  const event = events.find(({ position }) => position === other.position);
  return {
    position: null,
    type: event?.type ?? '',
    stepId: event?.tags.stepId ?? null,
    difference: { path: 'data.because', recorded: other.key, replayed: other.again.key },
    reason: other.again.because,
  };
}

function findSession(
  { content, repository }: RunAgainSource,
  events: readonly LoggedEvent[],
  file: string | undefined,
): Promise<Session> {
  if (file === undefined) return readKeptSession({ content, events, roots: [repository.stateDirectory] });
  return readSession(file);
}
