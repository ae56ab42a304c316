import type { LoopOutline, LoopState } from '../core/state.ts';
import { describeStatus, gateTitles, statusSymbols, stepSymbols } from '../core/vocabulary.ts';
import type { Palette } from '../lib/palette.ts';
import { formatTime } from '../lib/quantities.ts';
import { describeOutcome, listFacts, listShortFacts, listSteps, type StepView } from './facts.ts';
import { listGates } from './gates-table.ts';
import { describeNeed } from './need.ts';
import { toPlain } from './untrusted.ts';

export type StatusOptions = { issue: number; palette: Palette };

/** One issue on a terminal: where it stands, what it needs, every step. */
export function renderStatus(state: LoopState, { issue, palette }: StatusOptions): string {
  const title = state.issue ? ` ${toPlain(state.issue.title, 100)}` : '';
  const lines = [
    `${palette.bold(`#${issue}${title}`)}  ${paintHeadline(state, palette)}`,
    '',
    ...listSteps(state).map((step) => renderStep(step, palette)),
    ...renderGateLines(state, palette),
    '',
    palette.dim(describeFacts(state)),
  ];
  return lines.join('\n');
}

/** The same without the steps, for somebody who has watched them. */
export function renderOutcome(state: LoopState, { issue, palette }: StatusOptions): string {
  return [
    '',
    `${palette.bold(`#${issue}`)} ${paintHeadline(state, palette)}`,
    palette.dim(describeFacts(state)),
  ].join('\n');
}

/** All issues on a terminal, one line each. */
export function renderStatusList(
  states: readonly { issue: number; state: LoopOutline }[],
  palette: Palette,
): string {
  if (states.length === 0) return 'Nothing is recorded yet. Begin with: tamma run --next';
  return states
    .map(({ issue, state }) => {
      const title = toPlain(state.issue?.title ?? '', 60);
      const facts = listShortFacts(state).map(({ text }) => text);
      const { commands } = describeNeed(state, { issue });
      return [
        `${`#${issue}`.padStart(5)} ${title}  ${paintHeadline(state, palette)} ${palette.dim(facts.join(' · '))}`,
        ...commands.map((command) => `      ${palette.cyan('→')} ${palette.cyan(toPlain(command))}`),
      ].join('\n');
    })
    .join('\n');
}

function paintHeadline(state: LoopOutline, palette: Palette): string {
  const paint = { done: palette.green, escalated: palette.red, waiting: palette.yellow }[
    String(state.status)
  ];
  return (paint ?? palette.cyan)(`${statusSymbols[state.status]} ${describeStatus(state)}`);
}

function renderStep({ row, record, symbol, word, isNext, facts }: StepView, palette: Palette): string {
  const paint = {
    '✓': palette.green,
    '✗': palette.red,
    '↷': palette.dim,
    '·': palette.dim,
    '▶': palette.cyan,
    '⏸': palette.yellow,
  }[symbol];
  const texts = [word, toPlain(describeOutcome(record), 90), ...facts.map(({ text }) => text)];
  const told = texts.filter((text) => text).join(' · ');
  const title = isNext ? palette.bold(row.title.padEnd(22)) : row.title.padEnd(22);
  return `  ${paint?.(symbol) ?? symbol} ${title} ${palette.dim(told)}`.trimEnd();
}

function renderGateLines(state: LoopState, palette: Palette): string[] {
  const gates = listGates(state);
  if (gates.length === 0) return [];
  return [
    '',
    ...gates.map(({ gateId, passed, attempts, text }) => {
      const symbol = passed ? palette.green(stepSymbols.completed) : palette.red(stepSymbols['gate-failed']);
      const tries = attempts > 1 ? ` · ${attempts} attempts` : '';
      return `  ${symbol} ${`${gateTitles[gateId]} gate`.padEnd(22)} ${palette.dim(`${toPlain(text, 90)}${tries}`)}`;
    }),
  ];
}

function describeFacts(state: LoopState): string {
  const facts = listFacts(state).map(({ text, url }) => (text === 'run' && url ? `run ${url}` : text));
  return [
    ...facts,
    ...(state.branch && state.pull ? [`branch ${state.branch}`] : []),
    ...(state.updatedAt ? [`last event ${formatTime(state.updatedAt)}`] : []),
    `log position ${state.position}`,
  ].join(' · ');
}
