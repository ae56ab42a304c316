import type { LoopState } from '../core/state.ts';
import type { Palette } from '../lib/palette.ts';
import { formatTime } from '../lib/quantities.ts';
import type { Difference } from './state-difference.ts';
import { renderStatus } from './status.ts';
import { toPlain } from './untrusted.ts';

export type RecordedDecision = {
  position: number;
  timestamp: string;
  /** What was decided, in a form that can be compared. */
  key: string;
  because: string;
  /** What today's code decides on the same state. */
  again: { key: string; because: string };
  agrees: boolean;
  /** The events without which it would have been decided otherwise. */
  restedOn: readonly { position: number; type: string }[];
};

export type ReplayView = {
  issue: number;
  at: string | null;
  state: LoopState;
  decisions: readonly RecordedDecision[];
  difference: { from: string; to: string; changes: readonly Difference[] } | null;
};

/** A replay on a terminal: every decision with its reason and its grounds, then the state they led to. */
export function renderReplay(view: ReplayView, palette: Palette): string {
  const { issue, state, decisions, difference } = view;
  if (difference) return renderDifference(view, palette);
  const differing = decisions.filter((decision) => !decision.agrees).length;
  const verdict =
    differing === 0
      ? palette.green(`✓ decided again by this version: ${decisions.length} of ${decisions.length} the same`)
      : palette.red(`✗ THIS VERSION DECIDES ${differing} OF ${decisions.length} DIFFERENTLY`);
  const moment = state.updatedAt ? ` · ${formatTime(state.updatedAt)}` : '';
  return [
    ...decisions.flatMap((decision) => renderDecision(decision, palette)),
    '',
    verdict,
    '',
    palette.dim(`The state at position ${state.position}${moment}:`),
    renderStatus(state, { issue, palette }),
  ].join('\n');
}

function renderDecision(decision: RecordedDecision, palette: Palette): string[] {
  const { position, timestamp, key, because, again, agrees, restedOn } = decision;
  const grounds = restedOn.map((event) => `${event.position} ${event.type}`).join(', ');
  return [
    `${palette.dim(String(position).padStart(6))} ${palette.bold(key)} ${palette.dim(timestamp.slice(11, 19))}`,
    `       because ${toPlain(because)}`,
    ...(grounds ? [palette.dim(`       rests on ${grounds}`)] : []),
    ...(agrees
      ? []
      : [palette.red(`     ✗ this version decides: ${again.key}, because ${toPlain(again.because)}`)]),
  ];
}

function renderDifference({ issue, difference }: ReplayView, palette: Palette): string {
  const { from, to, changes } = difference ?? { from: '', to: '', changes: [] };
  const lines = changes.map(
    ({ path, before, after }) =>
      `  ${palette.bold(path)}: ${palette.red(describeValue(before))} → ${palette.green(describeValue(after))}`,
  );
  return [
    `Issue ${issue}, from ${from} to ${to}:`,
    ...(lines.length > 0 ? lines : ['  nothing differs']),
  ].join('\n');
}

function describeValue(value: unknown): string {
  return value === undefined ? 'absent' : toPlain(JSON.stringify(value), 120);
}
