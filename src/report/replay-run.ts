import type { EventDifference } from '../core/replay/sameness.ts';
import type { Palette } from '../lib/palette.ts';
import { formatCount } from '../lib/quantities.ts';
import { describeValue } from './replay.ts';
import { toBlock, toPlain } from './untrusted.ts';

export type RunAgainView = {
  issue: number;
  status: 'same' | 'differs';
  events: number;
  of: number;
  leftOut: number;
  decisions: number;
  again: number;
  taken: number;
  asides: readonly { position: number; path: string; recorded: unknown; replayed: unknown }[];
  parting: {
    position: number | null;
    type: string;
    stepId: string | null;
    difference: EventDifference;
    reason: string;
  } | null;
};

/** What came of running a whole log again: one line where all is the same, the first difference where not. */
export function renderRunAgain(view: RunAgainView, palette: Palette): string {
  const { issue, status, events, of, leftOut, decisions, again, taken, parting } = view;
  const steps = [
    `${formatCount(again, 'act')} done again`,
    ...(taken > 0 ? [`${taken} taken from the log`] : []),
    ...(leftOut > 0 ? [`${formatCount(leftOut, 'event')} of the forge left out`] : []),
  ].join(', ');
  if (status === 'same' || !parting) {
    return [
      palette.green(
        `✓ issue ${issue} would come out the same: ${decisions} decisions, ${of} of ${of} events`,
      ),
      ...renderAsides(view, palette),
      palette.dim(`  ${steps} · 0 tokens · nothing was written`),
    ].join('\n');
  }
  const { position, type, stepId, difference, reason } = parting;
  const place = position === null ? 'in what followed' : `at position ${position}`;
  return [
    palette.red(
      `✗ ISSUE ${issue} NO LONGER COMES OUT AS RECORDED: it parts ${place} ${type}${stepId ? ` of ${stepId}` : ''}`,
    ),
    `  ${palette.bold(difference.path)}`,
    `    recorded: ${palette.green(describeValue(difference.recorded))}`,
    `    now:      ${palette.red(describeValue(difference.replayed))}`,
    ...(reason ? [indent(reason)] : []),
    ...renderAsides(view, palette),
    palette.dim(
      `  ${events} of ${of} events were the same before · ${steps} · 0 tokens · nothing was written`,
    ),
    ...(position === null
      ? []
      : [`${palette.cyan('→')} tamma replay --issue ${issue} --why ${position}   tells what it rested on`]),
  ].join('\n');
}

const MAX_ASIDES = 3;

/** What a reader may want to know and nothing rests on. */
function renderAsides({ asides }: RunAgainView, palette: Palette): string[] {
  const shown = asides.slice(0, MAX_ASIDES).map(({ position, path, recorded, replayed }) => {
    const change = `${describeValue(recorded)} → ${describeValue(replayed)}`;
    return palette.dim(`  beside the point: ${position} ${path} ${change}`);
  });
  const hidden = asides.length - shown.length;
  return hidden > 0 ? [...shown, palette.dim(`  and ${hidden} more of the kind (--json has them)`)] : shown;
}

const MAX_REASON_LINES = 40;

/** A mismatch of the session comes with a diff of many lines. */
function indent(reason: string): string {
  const lines = toBlock(reason).split('\n').slice(0, MAX_REASON_LINES);
  return lines.map((line) => `    ${toPlain(line, 200) === '' ? '' : line.slice(0, 200)}`).join('\n');
}
