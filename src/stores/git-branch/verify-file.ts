import { GENESIS } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import { isLineFault, parseLine } from '../../core/events/line.ts';
import { isDamage, type LogProblem } from '../../core/events/log-problem.ts';
import { createLogVerification, type LogVerification } from '../../core/events/verification.ts';

export type VerifiedFile = { events: LoggedEvent[]; isWhole: boolean };

/** The lines of one file, the next of the log. `isWhole`: each of them is an event, and the last one is ended. */
export function verifyFile(
  verification: Pick<LogVerification, 'addLine' | 'addProblem'>,
  file: { path: string; first: number; content: Buffer | undefined },
): VerifiedFile {
  const { path, first, content } = file;
  const events: LoggedEvent[] = [];
  let count = 0;
  const tell = (position: number, message: string) =>
    verification.addProblem({ kind: 'invalid-line', position, place: path, message });
  if (!content?.length) tell(first, content ? 'the file is empty' : 'the file cannot be read');
  for (const line of splitLines(content)) {
    count += 1;
    const event = verification.addLine(line, `${path}, line ${count}`);
    if (event) events.push(event);
  }
  const isEnded = content?.at(-1) === 10;
  // Of a line cut off, the line itself tells, unless only its line feed is missing.
  if (content?.length && !isEnded && events.length === count)
    tell(events.at(-1)?.position ?? first, 'the file ends without a line feed');
  return { events, isWhole: isEnded && events.length === count };
}

function* splitLines(content: Buffer | undefined): Generator<Uint8Array> {
  for (let from = 0; content && from < content.length; ) {
    const end = content.indexOf(10, from);
    yield content.subarray(from, end < 0 ? undefined : end);
    from = end < 0 ? content.length : end + 1;
  }
}

/**
 * What differs, line by line, in a file that was changed after it had been written: its lines as they were are the anchors
 * of those that stand there now. Of each position the first finding counts.
 */
export function compareFile(path: string, before: Buffer, after: Buffer): LogProblem[] {
  const written = before.toString().trimEnd().split('\n').map(parseLine);
  const anchors = written.flatMap((event) => (isLineFault(event) ? [] : [{ ...event, source: path }]));
  const [first] = anchors;
  if (!first) return [];
  const verification = createLogVerification({ place: path, anchors });
  if (first.position > 1) {
    const previous = { position: first.position - 1, hash: first.prevHash };
    verification.skip({ first: 1, firstPrevHash: GENESIS.hash, last: previous }, path);
  }
  verifyFile(verification, { path, first: first.position, content: after });
  const found = verification.finish().problems.filter(isDamage);
  return found.filter(
    (problem, index) => found.findIndex((one) => one.position === problem.position) === index,
  );
}
