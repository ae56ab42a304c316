import type { Decision } from '../core/decide.ts';
import type { LoggedEvent } from '../core/events/event.ts';
import { getRow } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';
import { renderChecklist } from './checklist.ts';
import { renderGates } from './gates-table.ts';
import { code, joinSections } from './markdown.ts';
import { type RenderOptions, rewriteCommand } from './render-options.ts';
import { describeHeadline } from './sticky-comment.ts';
import { renderTimeline } from './timeline.ts';
import { toInline } from './untrusted.ts';

export type StepSummaryOptions = RenderOptions & {
  /** What was decided in this run, oldest first, and what came of it. */
  decided: readonly { decision: Decision; summary: string }[];
  /** All events of the issue, for the timeline. */
  events: readonly LoggedEvent[];
  /** Position and hash of the log's head: an anchor that lies outside the log. */
  head: { position: number; hash: string };
};

/** The summary of a CI run: what was decided and why, the gates, the steps, and when. */
export function renderStepSummary(state: LoopState, options: StepSummaryOptions): string {
  const { issue, decided, events, head } = options;
  const title = state.issue ? ` ${toInline(state.issue.title, 100)}` : '';
  const command = state.wait?.command;
  return joinSections([
    `## #${issue}${title} · ${describeHeadline(state)}`,
    command && `It goes on with ${code(rewriteCommand(command, options))}`,
    decided.map(renderDecision).join('\n'),
    renderGates(state),
    renderChecklist(state),
    renderTimeline(events),
    `Log position ${head.position}, hash ${code(head.hash)}`,
  ]);
}

function renderDecision({ decision, summary }: { decision: Decision; summary: string }): string {
  const what = 'stepId' in decision ? `**${getRow(decision.stepId).title}**` : `**${decision.status}**`;
  const came = summary && summary !== decision.because ? ` → ${toInline(summary, 200)}` : '';
  return `- ${what} because ${toInline(decision.because, 200)}${came}`;
}
