import type { LoopState } from '../core/state.ts';
import type { Palette } from '../lib/palette.ts';
import { formatTime, formatUsd } from '../lib/quantities.ts';
import { listSteps, type StepView } from './checklist.ts';
import { gateTitles, listGates } from './gates-table.ts';
import { describeHeadline } from './sticky-comment.ts';
import { toPlain } from './untrusted.ts';

export type StatusOptions = { issue: number; palette: Palette };

/** One issue on a terminal: where it stands, what it needs, every step. */
export function renderStatus(state: LoopState, { issue, palette }: StatusOptions): string {
  const title = state.issue ? ` ${toPlain(state.issue.title, 100)}` : '';
  const lines = [
    `${palette.bold(`#${issue}${title}`)}  ${paintHeadline(state, palette)}`,
    ...renderNeed(state, palette),
    '',
    ...listSteps(state).map((step) => renderStep(step, palette)),
    ...renderGateLines(state, palette),
    '',
    palette.dim(listFacts(state).join(' · ')),
  ];
  return lines.join('\n');
}

/** The same without the steps, for somebody who has watched them. */
export function renderOutcome(state: LoopState, { issue, palette }: StatusOptions): string {
  return [
    '',
    `${palette.bold(`#${issue}`)} ${paintHeadline(state, palette)}`,
    palette.dim(listFacts(state).join(' · ')),
  ].join('\n');
}

/** All issues on a terminal, one line each. */
export function renderStatusList(
  states: readonly { issue: number; state: LoopState }[],
  palette: Palette,
): string {
  if (states.length === 0) return 'Nothing is recorded yet. Begin with: tamma run --next';
  return states
    .map(({ issue, state }) => {
      const title = toPlain(state.issue?.title ?? '', 60);
      const facts = [state.cursor, formatUsd(state.costUsd)].join(' · ');
      const command = state.wait?.command ? `\n      ${palette.cyan(toPlain(state.wait.command))}` : '';
      return `${`#${issue}`.padStart(5)} ${title}  ${paintHeadline(state, palette)} ${palette.dim(facts)}${command}`;
    })
    .join('\n');
}

function paintHeadline(state: LoopState, palette: Palette): string {
  const paint = { done: palette.green, escalated: palette.red, waiting: palette.yellow }[
    String(state.status)
  ];
  return (paint ?? palette.cyan)(describeHeadline(state));
}

function renderNeed({ wait, escalation, status }: LoopState, palette: Palette): string[] {
  if (wait?.command) return [`  → ${palette.cyan(toPlain(wait.command))}`];
  if (!escalation || status !== 'escalated') return [];
  const commands = escalation.commands.map((command) => `  → ${palette.cyan(toPlain(command))}`);
  return [`  ${toPlain(escalation.summary)}`, ...commands];
}

function renderStep({ row, record, symbol, isNext, facts }: StepView, palette: Palette): string {
  const paint = {
    '✓': palette.green,
    '✗': palette.red,
    '↷': palette.dim,
    '·': palette.dim,
    '▶': palette.cyan,
    '⏸': palette.yellow,
  }[symbol];
  const told = [...(record.summary ? [toPlain(record.summary, 90)] : []), ...facts].join(' · ');
  const title = isNext ? palette.bold(row.title.padEnd(22)) : row.title.padEnd(22);
  return `  ${paint?.(symbol) ?? symbol} ${title} ${palette.dim(told)}`.trimEnd();
}

function renderGateLines(state: LoopState, palette: Palette): string[] {
  const gates = listGates(state);
  if (gates.length === 0) return [];
  return [
    '',
    ...gates.map(({ gateId, passed, attempts, text }) => {
      const symbol = passed ? palette.green('✓') : palette.red('✗');
      const tries = attempts > 1 ? ` (attempt ${attempts})` : '';
      return `  ${symbol} ${`${gateTitles[gateId]} gate`.padEnd(22)} ${palette.dim(`${toPlain(text, 90)}${tries}`)}`;
    }),
  ];
}

function listFacts(state: LoopState): string[] {
  return [
    formatUsd(state.costUsd),
    ...(state.branch ? [state.branch] : []),
    ...(state.pull ? [`pull request #${state.pull.number}`] : []),
    ...(state.updatedAt ? [`last event ${formatTime(state.updatedAt)}`] : []),
    `position ${state.position}`,
  ];
}
