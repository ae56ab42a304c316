import { loop } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';
import { formatCount, formatDuration, formatUsd } from '../lib/quantities.ts';
import { code, joinSections, link } from './markdown.ts';
import type { RenderOptions } from './render-options.ts';
import { toInline } from './untrusted.ts';

/** The last words on an issue, written as its change is merged. */
export function renderClosing(state: LoopState, { issue }: RenderOptions): string {
  const { pull, head, design, mergeSha } = state;
  const records = loop.map((row) => state.steps[row.id]);
  const worked = records.reduce((sum, record) => sum + record.durationMs, 0);
  const facts = [
    formatCount(records.filter((record) => record.runs > 0).length, 'step'),
    state.rounds > 1 && formatCount(state.rounds - 1, 'repair'),
    `${formatDuration(worked)} of work`,
    formatUsd(state.costUsd),
  ].filter((fact) => fact);
  const where = pull ? `with pull request ${link(`#${pull.number}`, pull.url)}` : 'by Tamma';
  const what = mergeSha ? ` as ${code(mergeSha)}` : head ? `, head ${code(head.sha)}` : '';
  return joinSections([
    '### Done',
    design && toInline(design.plan.summary),
    `Merged ${where}${what}. ${facts.join(' · ')}.`,
    `Why each step was taken: \`tamma replay --issue ${issue}\``,
  ]);
}
