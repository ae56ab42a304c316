import { writeAnchor } from '../core/events/anchor-text.ts';
import type { LoopState } from '../core/state.ts';
import { hasBlockedChecks } from '../core/vocabulary.ts';
import { renderApprovalCommands, renderApprovalRequest } from './approval.ts';
import { renderBlockedRuns } from './blocked-runs.ts';
import { renderChecklist, renderFacts } from './checklist.ts';
import { renderClosing } from './closing.ts';
import { renderEscalation } from './escalation.ts';
import { renderGates } from './gates-table.ts';
import { renderHeadline, withoutHeadline } from './headline.ts';
import { code, details, joinSections, link } from './markdown.ts';
import { describeNeed } from './need.ts';
import { renderQuestions } from './questions.ts';
import { type RenderOptions, writeCommand } from './render-options.ts';
import { renderSteering } from './steering.ts';
import { renderTrouble, renderTroubleHeadline, type Trouble } from './trouble.ts';

export type StickyOptions = RenderOptions & {
  /** What is said instead of what the state alone tells: a question, a request for approval. In words of ours. */
  words?: readonly string[];
  /** What kept the newest run from its step. */
  trouble?: Trouble | undefined;
};

/** Below the cap of an intent, with room for what publishing adds. */
const MAX_STICKY = 29_000;

/**
 * The one comment of an issue, edited in place: where the loop stands, what it needs first, how it came to that, and how
 * to steer it. The same state gives the same bytes, and looking again whether a wait is over changes none of them.
 */
export function renderStickyComment(state: LoopState, options: StickyOptions): string {
  const words = listWords(state, options);
  const isAsking = words.some((text) => text !== '');
  const head = [options.trouble ? renderTroubleHeadline(state) : renderHeadline(state), ...words];
  const tail = [
    [renderFacts(state), describeAnchor(state, options)].filter((fact) => fact).join(' · '),
    renderSteering(state, options),
  ];
  const steps = isAsking ? details('Steps', renderChecklist(state)) : renderChecklist(state);
  const gates = renderGates(state);
  const isTold = gates === '' || words.some((text) => text.includes(gates));
  const whole = joinSections([...head, steps, isTold ? '' : details('Gates', gates), ...tail]);
  // Where all of it has no room, how it came to that is left out before what is asked.
  const short = joinSections([...head, ...tail]);
  return whole.length <= MAX_STICKY ? whole : short.slice(0, MAX_STICKY);
}

/** The one comment of a pull request: where the loop stands and what it needs. The rest is in the body above it. */
export function renderPullComment(state: LoopState, options: RenderOptions): string {
  const isApproval = state.status === 'waiting' && state.wait?.for === 'approval';
  const ask = isApproval
    ? renderApprovalCommands(state, options)
    : withoutHeadline(renderAsk(state, options));
  const where = link(`issue #${options.issue}`, state.issue?.url ?? '');
  return joinSections([
    renderHeadline(state),
    ask,
    `${renderFacts({ ...state, pull: null, branch: null })} · ${where}`,
    renderSteering(state, options),
  ]).slice(0, MAX_STICKY);
}

function listWords(state: LoopState, options: StickyOptions): string[] {
  const { words = [], trouble } = options;
  if (trouble) return [renderTrouble(state, trouble)];
  return (words.length > 0 ? words : [renderAsk(state, options)]).map(withoutHeadline);
}

/** What the loop needs of somebody, told by the state alone; empty while it needs nothing and nobody. */
export function renderAsk(state: LoopState, options: RenderOptions): string {
  switch (state.status) {
    case 'waiting':
      return renderWait(state, options);
    case 'escalated':
      return renderEscalation(state, options);
    case 'done':
      return renderClosing(state, options);
    case 'taken-over':
      return `The rest is a person’s. What is pushed to ${branchOf(state)} is taken up again with ${code(writeCommand(options, 'resume'))}.`;
    default:
      return '';
  }
}

function renderWait(state: LoopState, options: RenderOptions): string {
  switch (state.wait?.for) {
    case 'answers':
      return renderQuestions(state, options);
    case 'approval':
      return renderApprovalRequest(state, options);
    case 'ci': {
      const blocked = state.ci?.checks.filter(({ needsApproval }) => needsApproval) ?? [];
      return hasBlockedChecks(state)
        ? renderBlockedRuns(state, blocked)
        : `${describeNeed(state, options).text}.`;
    }
    case 'deployment':
      return `It goes on by itself when ${link('the deployment', state.deployment?.url ?? '')} has ended.`;
    case 'platform':
      return `${describeNeed(state, options).text}.`;
    default:
      return '';
  }
}

function branchOf({ branch }: LoopState): string {
  return branch ? code(branch) : 'the branch';
}

/** How far the log had come: an anchor outside of it. Left out where the log grows while nothing happens. */
function describeAnchor({ wait, position }: LoopState, { anchor }: RenderOptions): string {
  if (wait?.for === 'ci' || wait?.for === 'deployment') return '';
  return anchor && wait?.for !== 'platform' ? writeAnchor(anchor) : `log position ${position}`;
}
