import { type LogHead, toHash } from './chain.ts';
import type { LoggedEvent } from './event.ts';
import { cutBody } from './line.ts';
import type { LogProblem, ProblemList } from './log-problem.ts';

/**
 * How far the lines have come. `hashes`: what the next line may name as the one before it; undefined where nobody knows.
 * `before`: what was reached before a line that cannot be read, which may stand in place of one or be one too many.
 */
export type Reached = { position: number; hashes: readonly string[] | undefined; before?: Reached };

export type LineOrder = {
  reached(): Reached;
  /** A line that is an event. True where it stands in its place, whatever else is wrong with it. */
  add(event: LoggedEvent, line: string, place: string): boolean;
  /** A line that is none. Answers with the position that it stands for. */
  addUnreadable(): number;
  /** Lines that are kept elsewhere: they must begin where the lines have come to. */
  skip(range: { first: number; firstPrevHash: string; last: LogHead }, place: string): void;
  finish(): void;
};

/** Positions that were passed over, until they turn up after all. */
type Gap = { first: number; last: number; filled: number; problem: LogProblem };

/** Whether each line is the one that was written and follows from the one before it; one damage is told once. */
export function createLineOrder(start: LogHead, problems: ProblemList): LineOrder {
  let reached: Reached = { position: start.position, hashes: [start.hash] };
  const gaps: Gap[] = [];

  function report(kind: LogProblem['kind'], position: number, place: string, message: string): LogProblem {
    return problems.add({ kind, position, place, message });
  }

  function addEdited({ hash, position }: LoggedEvent, own: string, place: string): boolean {
    const expected = reached.position + 1;
    const claims = position === expected ? '' : `, and it calls itself ${position}`;
    report('edited', expected, place, `it is not the event that was written: its hash differs${claims}`);
    reached = { position: expected, hashes: [hash, own] };
    return false;
  }

  function openGap(position: number, place: string): void {
    const first = reached.position + 1;
    const last = position - 1;
    const what = first === last ? `position ${first} is` : `positions ${first} to ${last} are`;
    const problem = report('removed', first, place, `${what} missing before it`);
    gaps.push({ first, last, filled: 0, problem });
  }

  /** An event whose position was already passed. */
  function addLate({ position, prevHash, hash }: LoggedEvent, place: string): boolean {
    const gap = gaps.find(({ first, last }) => position >= first && position <= last);
    if (gap) {
      if (gap.filled === 0) {
        gap.problem.kind = 'reordered';
        gap.problem.message = `the lines are out of order: position ${gap.last + 1} stands before position ${position}`;
      }
      gap.filled += 1;
      return true;
    }
    report('inserted', position, place, `there is a line of position ${position} already`);
    // Which of two is the right one, the next line tells.
    if (position === reached.position && reached.hashes)
      reached = { position, hashes: [...reached.hashes, hash] };
    else if (position === reached.position + 1) reached = { position, hashes: [hash, prevHash] };
    return false;
  }

  return {
    reached: () => reached,
    add(event, line, place) {
      const { position, prevHash, hash } = event;
      const own = toHash({ position: position - 1, hash: prevHash }, cutBody(line, event));
      if (own !== hash) return addEdited(event, own, place);
      // The line that could not be read was one too many.
      if (reached.before && position === reached.position) reached = reached.before;
      if (position <= reached.position) return addLate(event, place);
      if (position > reached.position + 1) openGap(position, place);
      else if (reached.hashes && !reached.hashes.includes(prevHash)) {
        const message =
          position === 1
            ? 'it names an event before it, and there is none'
            : 'it does not follow from the line before it: one of them was replaced, its hash included';
        report('rewritten', position, place, message);
      }
      reached = { position, hashes: [hash] };
      return true;
    },
    addUnreadable() {
      reached = { position: reached.position + 1, hashes: undefined, before: reached };
      return reached.position;
    },
    skip({ first, firstPrevHash, last }, place) {
      if (first !== reached.position + 1) {
        report(
          'removed',
          Math.min(first, reached.position + 1),
          place,
          `it begins at position ${first}; ${reached.position + 1} belongs there`,
        );
      } else if (reached.hashes && !reached.hashes.includes(firstPrevHash)) {
        report('rewritten', first, place, 'it does not follow from the line before it');
      }
      reached = { position: last.position, hashes: [last.hash] };
    },
    finish() {
      for (const { first, last, filled, problem } of gaps) {
        const missing = last - first + 1 - filled;
        if (filled > 0 && missing > 0) {
          report(
            'removed',
            first,
            problem.place,
            `${missing} of the positions ${first} to ${last} are missing`,
          );
        }
      }
    },
  };
}
