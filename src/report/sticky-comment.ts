import type { LoopState } from '../core/state.ts';
import { formatCount, formatTime, formatUsd } from '../lib/quantities.ts';
import { renderChecklist } from './checklist.ts';
import { renderGates } from './gates-table.ts';
import { code, fence, joinSections, link } from './markdown.ts';
import { type RenderOptions, rewriteCommand } from './render-options.ts';
import { toInline } from './untrusted.ts';

const headlines = {
  new: 'about to begin',
  active: 'at work',
  waiting: 'waiting',
  escalated: 'needs a person',
  'taken-over': 'taken over by a person',
  stopped: 'stopped',
  done: 'done',
} as const satisfies Record<LoopState['status'], string>;

/** The one comment of an issue, edited in place: where the loop stands and what it needs. */
export function renderStickyComment(state: LoopState, options: RenderOptions): string {
  return joinSections([
    `### Tamma · ${describeHeadline(state)}`,
    renderNeed(state, options),
    renderChecklist(state),
    renderGates(state),
    renderFacts(state),
  ]);
}

export function describeHeadline(state: LoopState): string {
  return state.wait ? `waiting for ${state.wait.for}` : headlines[state.status];
}

function renderNeed(state: LoopState, options: RenderOptions): string {
  const { wait, escalation } = state;
  if (wait?.command) {
    const until = wait.until ? ` (until ${formatTime(wait.until)})` : '';
    return `It goes on with${until}:\n\n${fence(rewriteCommand(wait.command, options))}`;
  }
  if (escalation && state.status === 'escalated') {
    const commands = escalation.commands.map((command) => code(rewriteCommand(command, options)));
    return `${toInline(escalation.summary)}\n\nIt goes on with one of: ${commands.join(', ')}`;
  }
  return '';
}

function renderFacts(state: LoopState): string {
  return [
    state.branch && `branch ${code(state.branch)}`,
    state.pull && `pull request ${link(`#${state.pull.number}`, state.pull.url)}`,
    state.rounds > 1 && formatCount(state.rounds - 1, 'repair'),
    formatUsd(state.costUsd),
    `log position ${state.position}`,
  ]
    .filter((fact) => fact)
    .join(' · ');
}
