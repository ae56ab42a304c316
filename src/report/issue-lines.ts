import type { LoopOutline } from '../core/state.ts';
import { describeStatus, statusSymbols } from '../core/vocabulary.ts';
import { joinFacts } from './checklist.ts';
import { listShortFacts } from './facts.ts';
import { link } from './markdown.ts';
import { toInline } from './untrusted.ts';

/** Issues as lines of a list, in the order they come in; empty where there are none. */
export function renderIssueLines(
  issues: readonly { issue: number; state: LoopOutline }[],
  most: number,
): string {
  if (issues.length === 0) return '';
  const lines = issues.slice(0, most).map(({ issue, state }) => {
    const number = link(`#${issue}`, state.issue?.url ?? '');
    const status = `${statusSymbols[state.status]} ${describeStatus(state)}`;
    return `- ${number} ${toInline(state.issue?.title ?? '', 100)} · ${status} · ${joinFacts(listShortFacts(state))}`;
  });
  const more = issues.length - lines.length;
  return ['## Other issues', '', ...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}
