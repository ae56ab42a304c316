import type { LoopState } from '../core/state.ts';
import { renderFacts } from './checklist.ts';
import { renderHeadline } from './headline.ts';
import { code, joinSections, link } from './markdown.ts';
import type { RenderOptions } from './render-options.ts';
import { toInline } from './untrusted.ts';

/** The last words on an issue, written as its change is merged; with what it took, where nothing else says that. */
export function renderClosing(state: LoopState, { issue, commandPrefix }: RenderOptions): string {
  const { pull, head, design, mergeSha } = state;
  const where = pull ? `with ${link(`pull request #${pull.number}`, pull.url)}` : 'by Tamma';
  const what = mergeSha ? ` as ${code(mergeSha)}` : head ? `, head ${code(head.sha)}` : '';
  return joinSections([
    renderHeadline({ ...state, status: 'done' }),
    design && toInline(design.plan.summary),
    `Merged ${where}${what}.`,
    `Why each step was taken: ${code(`tamma replay --issue ${issue}`)}`,
    commandPrefix !== '/tamma' && renderFacts(state),
  ]);
}
