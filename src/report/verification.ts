import type { LogProblem, VerifyReport } from '../core/events/verification.ts';
import type { Palette } from '../lib/palette.ts';
import { formatCount } from '../lib/quantities.ts';
import { toPlain } from './untrusted.ts';

/** What stands before the message: the word for it. */
const words: Readonly<Record<LogProblem['kind'], string>> = {
  'invalid-line': 'no event',
  schema: 'schema violation',
  edited: 'edited',
  removed: 'removed',
  inserted: 'inserted',
  reordered: 'reordered',
  'duplicate-id': 'duplicate id',
  rewritten: 'rewritten history',
  // The message says whether it is too short or too long.
  tail: '',
  foreign: 'foreign commit',
  signature: 'signature',
  index: 'index',
  archive: 'archive',
  clock: 'clock',
};

/** What to do about it; the first bad line decides. */
const advice: Readonly<Partial<Record<LogProblem['kind'], string>>> = {
  index:
    'Only a cache beside the log is wrong: the next append mends it. Where it stays so, restore the branch tamma-events from a clone that verifies.',
  archive: 'Bring the archive back as it was (--archive DIR); the log itself is not concerned.',
  signature: 'A run that has the key signs all there is with its next append. Who wrote without it?',
  clock: 'Set the clock of the machine that wrote it: order is the position, so the log itself is sound.',
};
const RESTORE =
  'Restore the branch tamma-events (or the database) from a copy that verifies; docs/log-integrity.md says how.';

/** Problems besides the first that are named; each on a line. */
const LISTED = 20;

/** The first bad line and what is wrong with it, on one line. */
export function describeFirst({ problems }: VerifyReport): string {
  const [first] = problems;
  return first ? describeProblem(first) : '';
}

export function describeProblem({ position, place, kind, message }: LogProblem): string {
  const where = [position === null ? '' : `position ${position}`, toPlain(place, 300)]
    .filter(Boolean)
    .join(', ');
  return [where, words[kind], toPlain(message, 500)].filter(Boolean).join(': ');
}

export type VerificationView = {
  /** How many heads that were noted elsewhere it was compared with. */
  anchors: number;
  /** Notes count as damage. */
  strict: boolean;
  palette: Palette;
};

export function renderVerification(report: VerifyReport, view: VerificationView): string {
  const { events, head, problems, omitted = 0 } = report;
  const { palette, anchors, strict } = view;
  const notes = problems.filter(({ kind }) => kind === 'clock');
  const damage = strict ? problems : problems.filter(({ kind }) => kind !== 'clock');
  if (damage.length === 0) {
    if (head.position === 0) return `${palette.dim('·')} there is no log yet`;
    const compared = anchors > 0 ? `, ${formatCount(anchors, 'anchor')} compared` : '';
    const whole = `${palette.green('✓')} ${events} events, head ${head.position}:${head.hash}${compared}`;
    return [whole, ...renderNotes(notes, palette)].join('\n');
  }
  const [first, ...rest] = damage;
  const listed = rest.slice(0, LISTED);
  const left = rest.length - listed.length + omitted;
  return [
    `${palette.red('✗')} the log is damaged: ${first ? describeProblem(first) : ''}`,
    ...listed.map((problem) => `  ${palette.dim('also')} ${describeProblem(problem)}`),
    ...(left > 0 ? [`  ${palette.dim(`and ${left} more`)}`] : []),
    ...(strict ? [] : renderNotes(notes, palette)),
    `${palette.cyan('→')} ${(first && advice[first.kind]) ?? RESTORE}`,
  ].join('\n');
}

/** Runs on many machines differ by seconds all the time: the first says enough. */
function renderNotes([first, ...rest]: readonly LogProblem[], palette: Palette): string[] {
  if (!first) return [];
  const more = rest.length > 0 ? ` (and ${rest.length} more)` : '';
  return [`${palette.dim('·')} ${describeProblem(first)}${more}`];
}
