import { neutraliseForTerminal } from '../core/text/neutralise.ts';
import { stepSymbols } from '../core/vocabulary.ts';
import type { Palette } from '../lib/palette.ts';
import { formatDuration, formatUsd } from '../lib/quantities.ts';
import type { Progress } from '../ports/host.ts';

const MAX_TEXT = 160;

/** What is known of the step at work, folded from its progress. */
export type CurrentStep = {
  stepId: string;
  title: string;
  run: number;
  because: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  tool: string;
  costUsd: number;
};

/** The step at work after `progress`, or undefined between steps. */
export function followStep(
  current: CurrentStep | undefined,
  progress: Progress,
  now: number,
): CurrentStep | undefined {
  switch (progress.kind) {
    case 'step-started':
      return { ...progress, startedAt: now, tool: '', costUsd: 0 };
    case 'step-ended':
      return undefined;
    case 'tool':
      return current && { ...current, tool: toLine(`${progress.name} ${progress.target}`) };
    case 'cost':
      return current && { ...current, costUsd: current.costUsd + progress.addedUsd };
    case 'note':
    case 'count':
      return current;
  }
}

const marks: Readonly<Record<string, { symbol: string; style: keyof Palette }>> = {
  completed: { symbol: stepSymbols.completed, style: 'green' },
  skipped: { symbol: stepSymbols.skipped, style: 'dim' },
  waiting: { symbol: stepSymbols.waiting, style: 'yellow' },
  'gate-failed': { symbol: stepSymbols['gate-failed'], style: 'red' },
  failed: { symbol: stepSymbols.failed, style: 'red' },
};

/** The line that stays when a step has ended: what came of it, which run it was, how long, what it cost. */
export function describeEnd(
  progress: Extract<Progress, { kind: 'step-ended' }>,
  current: CurrentStep | undefined,
  palette: Palette,
): string {
  const mark = marks[progress.outcome] ?? { symbol: '•', style: 'cyan' as const };
  const title = (current?.title ?? progress.stepId).padEnd(22);
  const facts = [
    ...(current && current.run > 1 ? [`attempt ${current.run}`] : []),
    formatDuration(progress.durationMs),
    ...(current && current.costUsd > 0 ? [formatUsd(current.costUsd)] : []),
  ];
  return `${palette[mark.style](mark.symbol)} ${title} ${toLine(progress.summary)} ${palette.dim(facts.join(' · '))}`;
}

export function describeNote({ level, text }: Extract<Progress, { kind: 'note' }>, palette: Palette): string {
  return level === 'warning' ? palette.yellow(`! ${toLine(text)}`) : palette.dim(`  ${toLine(text)}`);
}

export function describeCount({ what, done, total }: Extract<Progress, { kind: 'count' }>): string {
  const number = (value: number) => value.toLocaleString('en-US');
  return `  ${what}: ${number(done)}${total === null ? '' : ` of ${number(total)}`}`;
}

/** Foreign text as one line without control characters. */
export function toLine(text: string): string {
  const line = neutraliseForTerminal(text.replace(/\s+/g, ' ').trim());
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT - 1)}…` : line;
}
