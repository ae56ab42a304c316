import { type LoopRow, loop } from '../core/loop.ts';
import type { LoopState, StepRecord } from '../core/state.ts';
import { formatCount, formatDuration, formatUsd } from '../lib/quantities.ts';
import { toInline } from './untrusted.ts';

export type StepView = { row: LoopRow; record: StepRecord; symbol: string; isNext: boolean; facts: string[] };

export const symbols = {
  pending: '·',
  running: '▶',
  completed: '✓',
  'gate-failed': '✗',
  waiting: '⏸',
  failed: '✗',
  skipped: '↷',
} as const satisfies Record<StepRecord['status'], string>;

/** The steps of the loop as every rendering shows them: symbol, and runs, time and cost where there were any. */
export function listSteps(state: LoopState): StepView[] {
  const isGoing = state.status === 'active' || state.status === 'waiting' || state.status === 'new';
  return loop.map((row) => {
    const record = state.steps[row.id];
    return {
      row,
      record,
      symbol: symbols[record.status],
      isNext: isGoing && state.cursor === row.id,
      facts: [
        ...(record.runs > 1 ? [formatCount(record.runs, 'run')] : []),
        ...(record.durationMs > 0 ? [formatDuration(record.durationMs)] : []),
        ...(record.costUsd > 0 ? [formatUsd(record.costUsd)] : []),
      ],
    };
  });
}

/** The loop as a Markdown task list: platforms count it as progress. */
export function renderChecklist(state: LoopState): string {
  return listSteps(state).map(renderStep).join('\n');
}

function renderStep({ row, record, isNext, facts }: StepView): string {
  const done = record.status === 'completed' || record.status === 'skipped';
  const title = isNext ? `**${row.title}**` : row.title;
  const told = [
    ...(record.status === 'pending' || record.status === 'completed' ? [] : [describeStatus(record)]),
    ...(record.summary && record.status !== 'running' && record.status !== 'waiting'
      ? [toInline(record.summary, 160)]
      : []),
    ...facts,
  ];
  return `- [${done ? 'x' : ' '}] ${[title, ...told].join(' · ')}`;
}

function describeStatus({ status }: StepRecord): string {
  return status === 'gate-failed' ? '✗ sent back' : `${symbols[status]} ${status}`;
}
