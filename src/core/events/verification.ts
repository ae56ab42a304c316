import { checkLink, GENESIS, type LogHead } from './chain.ts';
import type { LoggedEvent } from './event.ts';
import { isLineFault, parseLine } from './line.ts';

export type LogProblem = {
  /** The first position it concerns, where one can be told. */
  position: number | null;
  /** Where the damaged text stands: file and line, or table and row. */
  place: string;
  /**
   * `clock` is a note and no damage: wrong clocks do no harm. `tail`: events are missing at the end. `foreign`:
   * something that Tamma did not write. `index`: a cache beside the log does not fit it.
   */
  kind:
    | 'invalid-line'
    | 'schema'
    | 'position'
    | 'chain'
    | 'hash'
    | 'duplicate-id'
    | 'clock'
    | 'tail'
    | 'foreign'
    | 'index';
  message: string;
};

/** `ok` if there is no problem but notes. `head` is that of the last event that could be read. */
export type VerifyReport = { ok: boolean; events: number; head: LogHead; problems: LogProblem[] };

/** `stored`: the head as the store keeps it beside the events, at `place`. `anchor`: a head known from elsewhere. */
export type KnownHeads = { place: string; stored?: LogHead; anchor?: LogHead | undefined };

export type LogVerification = {
  /** The next line of the log, without its line feed. Answers with its event, if it is one. */
  addLine(line: string, place: string): LoggedEvent | undefined;
  addProblem(problem: LogProblem): void;
  /** Whether every line so far is whole and in its place: only then can anything be derived from them. */
  isSound(): boolean;
  finish(): VerifyReport;
};

/** The last line that was read: what the next one has to follow. Nobody knows the hash of a line that was no event. */
type Reached = { position: number; hash: string | null };

/** Takes a log line by line and collects what is wrong; one damage is told once and not again by all that follow. */
export function createLogVerification(known: KnownHeads): LogVerification {
  const problems: LogProblem[] = [];
  const ids = new Map<string, number>();
  let head = GENESIS;
  let reached: Reached = GENESIS;
  /** The hash at the anchor's position, once it was read. */
  let anchored = known.anchor?.position === 0 ? GENESIS.hash : null;
  let lastTime = '';
  let events = 0;

  function checkEvent(event: LoggedEvent, place: string): void {
    const { position, id, timestamp } = event;
    const fault = checkLink(event, { position: reached.position, hash: reached.hash ?? event.prevHash });
    if (fault) problems.push({ ...fault, position: Math.min(position, reached.position + 1), place });
    const first = ids.get(id);
    ids.set(id, first ?? position);
    if (first !== undefined) {
      problems.push({
        kind: 'duplicate-id',
        position,
        place,
        message: `the id ${id} is already at position ${first}`,
      });
    }
    if (timestamp < lastTime) {
      problems.push({
        kind: 'clock',
        position,
        place,
        message: `a clock was wrong: ${timestamp} after ${lastTime}`,
      });
    } else {
      lastTime = timestamp;
    }
  }

  return {
    addProblem: (problem) => problems.push(problem),
    isSound: () => problems.every(({ kind }) => kind === 'clock' || kind === 'foreign'),
    addLine(line, place) {
      events += 1;
      const event = parseLine(line);
      if (isLineFault(event)) {
        reached = { position: reached.position + 1, hash: null };
        problems.push({ ...event, position: reached.position, place });
        return undefined;
      }
      checkEvent(event, place);
      head = { position: event.position, hash: event.hash };
      reached = head;
      if (event.position === known.anchor?.position) anchored = event.hash;
      return event;
    },
    finish() {
      problems.push(...compareStored(reached, known), ...compareAnchor(reached, anchored, known.anchor));
      return { ok: problems.every(({ kind }) => kind === 'clock'), events, head, problems };
    },
  };
}

function compareStored(reached: Reached, { stored, place }: KnownHeads): LogProblem[] {
  if (!stored) return [];
  const tail = (position: number, message: string): LogProblem[] => [
    { kind: 'tail', position, place, message },
  ];
  if (stored.position > reached.position) {
    return tail(
      reached.position + 1,
      `the log ends at ${reached.position}, but was written up to ${stored.position}`,
    );
  }
  if (stored.position < reached.position) {
    return tail(
      stored.position + 1,
      `the log goes on to ${reached.position}, past its head at ${stored.position}`,
    );
  }
  if (reached.hash === null || reached.hash === stored.hash) return [];
  return tail(stored.position, `the head at ${stored.position} is not the last event`);
}

function compareAnchor(reached: Reached, anchored: string | null, anchor: LogHead | undefined): LogProblem[] {
  if (!anchor || anchor.hash === anchored) return [];
  if (anchor.position > reached.position) {
    const message = `the log ends at ${reached.position}, but ${anchor.position} was once its head`;
    return [{ kind: 'tail', position: reached.position + 1, place: 'anchor', message }];
  }
  const message = `the log was rewritten: position ${anchor.position} is not the event that was recorded elsewhere`;
  return [{ kind: 'chain', position: anchor.position, place: 'anchor', message }];
}
