import type { Decision } from '../core/decide.ts';
import type { LoggedEvent } from '../core/events/event.ts';
import { getRow } from '../core/loop.ts';
import { findOpenFailures, type LoopState } from '../core/state.ts';
import { describeStatus, gateTitles, statusSymbols } from '../core/vocabulary.ts';
import { renderChecklist, renderFacts } from './checklist.ts';
import { renderEvidence } from './evidence.ts';
import { renderReport } from './findings.ts';
import { renderGates } from './gates-table.ts';
import { code, details, fence, joinSections } from './markdown.ts';
import { describeNeed } from './need.ts';
import type { RenderOptions } from './render-options.ts';
import { renderSpending } from './spending.ts';
import { renderTimeline } from './timeline.ts';
import { toInline } from './untrusted.ts';

export type DecidedStep = {
  decision: Decision;
  /** What came of it. */
  summary: string;
  /** The events without which it would have been decided otherwise. */
  restedOn?: readonly { position: number; type: string }[];
};

export type StepSummaryOptions = RenderOptions & {
  /** What was decided in this run, oldest first. */
  decided: readonly DecidedStep[];
  /** All events of the issue: for the timeline and what models cost. */
  events: readonly LoggedEvent[];
  /** Position and hash of the log's head: an anchor that lies outside the log. */
  head: { position: number; hash: string };
};

/** A runner takes 1 MiB of all summaries of a step; ours is to be read. */
const MAX_SUMMARY = 100_000;
const MAX_GROUNDS = 6;
/** All that an event keeps. */
const MAX_FINDINGS = 50;

/** The summary of a CI run: where it stands, what comes next, what was decided and why, the gates, the cost, and when. */
export function renderStepSummary(state: LoopState, options: StepSummaryOptions): string {
  const { issue, decided, events, head } = options;
  const title = state.issue ? ` ${toInline(state.issue.title, 100)}` : '';
  const anchor = `Log position ${head.position}, hash ${code(head.hash)}`;
  const gates = renderGates(state);
  const evidence = renderEvidence(state);
  const spending = renderSpending(events);
  const timeline = renderTimeline(events);
  const first = [
    `## ${statusSymbols[state.status]} #${issue}${title} · ${describeStatus(state)}`,
    renderNext(state, options),
    renderFacts(state),
    decided.length > 0 && `### Decided\n\n${decided.map(renderDecision).join('\n')}`,
    gates && `### Gates\n\n${gates}`,
    renderFailures(state),
  ];
  const rest = [
    evidence && `### Evidence\n\n${evidence}`,
    spending && `### Models\n\n${spending}`,
    timeline && `### Timeline\n\n${timeline}`,
    details('Steps', renderChecklist(state)),
  ];
  const whole = joinSections([...first, ...rest, anchor]);
  return whole.length <= MAX_SUMMARY ? whole : joinSections([...first, anchor]).slice(0, MAX_SUMMARY);
}

function renderNext(state: LoopState, options: RenderOptions): string {
  const { text, commands } = describeNeed(state, options);
  if (commands.length === 0) return text && `**Next:** ${text}.`;
  return joinSections([`**Next:** ${text}:`, fence(commands.join('\n'))]);
}

function renderDecision({ decision, summary, restedOn = [] }: DecidedStep): string {
  const what = 'stepId' in decision ? `**${getRow(decision.stepId).title}**` : `**${decision.status}**`;
  const came = summary && summary !== decision.because ? ` → ${toInline(summary, 200)}` : '';
  const grounds = restedOn.slice(-MAX_GROUNDS).map(({ position, type }) => `${position} ${code(type)}`);
  const more = restedOn.length > MAX_GROUNDS ? ` and ${restedOn.length - MAX_GROUNDS} before` : '';
  const rested = grounds.length > 0 ? ` · rests on ${grounds.join(', ')}${more}` : '';
  return `- ${what} because ${toInline(decision.because, 200)}${came}${rested}`;
}

/** What sent the change back, while it is not answered: the whole of what annotations only begin. */
function renderFailures(state: LoopState): string {
  const isBack = state.cursor === 'CODE_GENERATION' && state.status !== 'new' && state.failures.length > 0;
  if (!isBack) return '';
  const reports = findOpenFailures(state).map(
    ({ gateId, report }) => `**${gateTitles[gateId]} gate:** ${renderReport(report, MAX_FINDINGS)}`,
  );
  return joinSections(['### What failed', ...reports]);
}
