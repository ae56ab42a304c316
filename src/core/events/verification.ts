import { GENESIS, type LogHead } from './chain.ts';
import type { LoggedEvent } from './event.ts';
import type { HeadSignature } from './head-signature.ts';
import { createIdSet } from './id-set.ts';
import {
  type Anchor,
  compareStored,
  createAnchorCheck,
  createSignatureCheck,
  type WantedSignatures,
} from './known-heads.ts';
import { isLineFault, parseLine } from './line.ts';
import { createLineOrder } from './line-order.ts';
import { decodeLine } from './line-text.ts';
import { createProblemList, isBeside, isDamage, type LogProblem } from './log-problem.ts';

export type { Anchor, LogProblem };

/**
 * `ok` if there is no problem but notes. `head` is that of the last event that could be read. The first problem is the
 * first bad line; `omitted`: so many more were found than are listed.
 */
export type VerifyReport = {
  ok: boolean;
  events: number;
  head: LogHead;
  problems: LogProblem[];
  omitted?: number;
};

export type VerifyOptions = {
  /** Must be in the log. */
  anchors?: readonly Anchor[] | undefined;
  /** Events from after this time (ISO 8601) are noted. */
  now?: string | undefined;
};

/** `stored`: the head as the store keeps it beside the events, at `place`. */
export type KnownHeads = VerifyOptions & {
  place: string;
  stored?: LogHead | undefined;
  /** Asked for where public keys are configured. */
  signatures?: WantedSignatures | undefined;
};

/** Lines that are kept elsewhere and are not looked at: the chain goes from `firstPrevHash` to `last`. */
export type SkippedLines = { first: number; firstPrevHash: string; last: LogHead };

export type LogVerification = {
  /** The next line of the log, without its line feed. Answers with its event, if it is one. */
  addLine(line: string | Uint8Array, place: string): LoggedEvent | undefined;
  addProblem(problem: LogProblem): void;
  /** What was signed after the last line; of no effect where no signatures are asked for. */
  addSignature(head: LogHead, signature: HeadSignature, place: string): void;
  /** The next lines of the log, whose hashes are known and nothing else. */
  skip(lines: SkippedLines, place: string): void;
  /** How much was found so far. */
  count(): number;
  /** Whether every line so far was looked at: none was skipped. */
  isWhole(): boolean;
  /** Whether every line so far is whole and in its place: only then can anything be derived from them. */
  isSound(): boolean;
  finish(): VerifyReport;
};

/** Takes a log line by line and collects what is wrong. Keeps 40 bytes for each event, and no more. */
export function createLogVerification(known: KnownHeads): LogVerification {
  const problems = createProblemList();
  const order = createLineOrder(GENESIS, problems);
  const anchors = createAnchorCheck(known.anchors ?? []);
  const signatures = known.signatures && createSignatureCheck(known.signatures);
  const ids = createIdSet();
  let head = GENESIS;
  let lastTime = '';
  let events = 0;
  let skipped = 0;
  anchors.pass(GENESIS);

  function checkId({ id, position }: LoggedEvent, place: string): void {
    const first = ids.add(id, position);
    if (first === undefined || first === position) return;
    const message = `the id ${id} is already at position ${first}`;
    problems.add({ kind: 'duplicate-id', position, place, message });
  }

  function checkTime({ timestamp, position }: LoggedEvent, place: string): void {
    const note = (message: string) => problems.add({ kind: 'clock', position, place, message });
    if (timestamp < lastTime) note(`a clock went backwards: ${timestamp} after ${lastTime}`);
    else if (known.now !== undefined && timestamp > known.now)
      note(`a clock is ahead: ${timestamp}, and it is ${known.now}`);
    lastTime = timestamp;
  }

  function parse(line: string | Uint8Array) {
    const text = typeof line === 'string' ? line : decodeLine(line);
    const event = typeof text === 'string' ? parseLine(text) : text;
    return { text: String(text), event };
  }

  return {
    addProblem: (problem) => void problems.add(problem),
    count: problems.count,
    isSound: () => !problems.some((problem) => isDamage(problem) && !isBeside(problem)),
    addLine(line, place) {
      events += 1;
      const { text, event } = parse(line);
      if (isLineFault(event)) {
        problems.add({ ...event, position: order.addUnreadable(), place });
        return undefined;
      }
      if (order.add(event, text, place)) checkId(event, place);
      if (event.position !== order.reached().position) return event;
      checkTime(event, place);
      head = { position: event.position, hash: event.hash };
      anchors.pass(head);
      return event;
    },
    addSignature(signed, signature, place) {
      signatures?.add(problems, { head: signed, reached: head, signature, place });
    },
    isWhole: () => skipped === 0,
    skip(lines, place) {
      skipped += 1;
      order.skip(lines, place);
      anchors.skip(lines.first, lines.last.position);
      events += lines.last.position - lines.first + 1;
      head = lines.last;
      anchors.pass(head);
    },
    finish() {
      const reached = order.reached();
      order.finish();
      if (known.stored) compareStored(problems, reached, { stored: known.stored, place: known.place });
      anchors.finish(problems, reached);
      if (reached.position > 0) signatures?.finish(problems, reached, known.place);
      const found = problems.list();
      const omitted = problems.omitted();
      const ok = !found.some(isDamage);
      return { ok, events, head, problems: found, ...(omitted > 0 ? { omitted } : {}) };
    },
  };
}
