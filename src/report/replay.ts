import type { Ground, NextDecision, RecordedDecision } from '../core/replay/decisions.ts';
import type { Cause } from '../core/replay/why.ts';
import type { LoopState } from '../core/state.ts';
import type { Palette } from '../lib/palette.ts';
import { formatTime } from '../lib/quantities.ts';
import { tellEvent } from './event-text.ts';
import type { Difference } from './state-difference.ts';
import { renderStatus } from './status.ts';
import { toPlain } from './untrusted.ts';

/** A ground with what the event says. */
export type ToldGround = Ground & { text: string };
export type ToldDecision = Omit<RecordedDecision, 'restedOn'> & { restedOn: readonly ToldGround[] };

export type ReplayView = {
  issue: number;
  at: string | null;
  state: LoopState;
  decisions: readonly ToldDecision[];
  /** What this version decides where the log ends, or was cut. */
  next: Omit<NextDecision, 'restedOn'> & { restedOn: readonly ToldGround[] };
  difference: { from: string; to: string; changes: readonly Difference[] } | null;
  why: readonly Cause[] | null;
};

/** A replay on a terminal: every decision with its reason and its grounds, then the state they led to. */
export function renderReplay(view: ReplayView, palette: Palette): string {
  const { issue, state, decisions, difference, next, why } = view;
  if (difference) return renderDifference(issue, difference, palette);
  if (why) return renderCauses(why, palette);
  const moment = state.updatedAt ? ` · ${formatTime(state.updatedAt)}` : '';
  return [
    ...decisions.flatMap((decision) => renderDecision(decision, palette)),
    '',
    renderVerdict(decisions, palette),
    ...renderNext(next, palette),
    '',
    palette.dim(`The state at position ${state.position}${moment}:`),
    renderStatus(state, { issue, palette }),
  ].join('\n');
}

export function renderVerdict(decisions: readonly Pick<ToldDecision, 'agrees'>[], palette: Palette): string {
  const differing = decisions.filter((decision) => !decision.agrees).length;
  return differing === 0
    ? palette.green(`✓ decided again by this version: ${decisions.length} of ${decisions.length} the same`)
    : palette.red(`✗ THIS VERSION DECIDES ${differing} OF ${decisions.length} DIFFERENTLY`);
}

export function renderDecision(decision: ToldDecision, palette: Palette): string[] {
  const { position, timestamp, key, because, again, agrees, restedOn } = decision;
  return [
    `${palette.dim(String(position).padStart(6))} ${palette.bold(key)} ${palette.dim(timestamp.slice(11, 19))}`,
    `       because ${toPlain(because)}`,
    ...renderGrounds(restedOn, palette),
    ...(agrees
      ? []
      : [palette.red(`     ✗ this version decides: ${again.key}, because ${toPlain(again.because)}`)]),
  ];
}

function renderNext({ key, because, restedOn }: ReplayView['next'], palette: Palette): string[] {
  return [
    '',
    `${palette.dim('  next')} ${palette.bold(key)}`,
    `       because ${toPlain(because)}`,
    ...renderGrounds(restedOn, palette),
  ];
}

/** More than this and nobody reads them; `--json` and `--html` have all. */
const MAX_GROUNDS = 8;

function renderGrounds(restedOn: readonly ToldGround[], palette: Palette): string[] {
  const shown = restedOn.slice(-MAX_GROUNDS);
  const hidden = restedOn.length - shown.length;
  return [
    ...(hidden > 0 ? [palette.dim(`       rests on ${hidden} more, and`)] : []),
    ...shown.map(({ position, type, text }) =>
      palette.dim(`       rests on ${position} ${type} ${toPlain(text, 90)}`.trimEnd()),
    ),
  ];
}

/** The causes of an event, each under what it led to. */
export function renderCauses(causes: readonly Cause[], palette: Palette): string {
  if (causes.length === 0) return 'It rests on nothing: it is where everything begins.';
  return causes.flatMap((cause) => renderCause(cause, palette)).join('\n');
}

function renderCause({ event, depth, decision, writtenBy }: Cause, palette: Palette): string[] {
  const indent = '  '.repeat(depth);
  const arrow = depth > 0 ? '← ' : '';
  const head = `${indent}${arrow}${event.position} ${palette.bold(event.type)}`;
  const text = decision ? decision.key : toPlain(tellEvent(event), 160);
  const by = describeWriter(writtenBy);
  return [
    `${head} ${text} ${palette.dim(event.timestamp.slice(11, 19))}`,
    ...(decision ? [`${indent}   because ${toPlain(decision.because)}`] : []),
    ...(by ? [palette.dim(`${indent}   ${by}`)] : []),
    ...(decision && !decision.agrees
      ? [palette.red(`${indent} ✗ this version decides: ${decision.again.key}`)]
      : []),
  ];
}

function describeWriter(writtenBy: Cause['writtenBy']): string {
  if (!writtenBy) return '';
  if (writtenBy.kind === 'person') return `said by ${toPlain(writtenBy.login)}`;
  return `written by run ${writtenBy.run} of ${writtenBy.stepId}, started at ${writtenBy.position}`;
}

function renderDifference(
  issue: number,
  { from, to, changes }: NonNullable<ReplayView['difference']>,
  palette: Palette,
): string {
  const lines = renderChanges(changes, palette);
  return [
    `Issue ${issue}, from ${from} to ${to}:`,
    ...(lines.length > 0 ? lines : ['  nothing differs']),
  ].join('\n');
}

/** What every event changes, and what only names the run that holds the step, is left out. */
const UNTOLD = /^(?:position|updatedAt|startedAt|claim(?:\..*)?|(?:steps\.\w+\.)?runId)$/;

export function isTold({ path }: Difference): boolean {
  return !UNTOLD.test(path);
}

export function renderChanges(changes: readonly Difference[], palette: Palette): string[] {
  return changes.map(
    ({ path, before, after }) =>
      `  ${palette.bold(path)}: ${palette.red(describeValue(before))} → ${palette.green(describeValue(after))}`,
  );
}

export function describeValue(value: unknown): string {
  return value === undefined ? 'absent' : toPlain(JSON.stringify(value), 120);
}
