import type { EventData } from '../core/events/catalogue.ts';
import { getRow } from '../core/loop.ts';
import type { Escalation, LoopState } from '../core/state.ts';
import { gateTitles } from '../core/vocabulary.ts';
import { formatUsd } from '../lib/quantities.ts';
import { renderReport } from './findings.ts';
import { renderHeadline } from './headline.ts';
import { code, details, fitBody, joinSections, tableRow } from './markdown.ts';
import { type RenderOptions, rewriteCommand, whoMay } from './render-options.ts';
import { toInline } from './untrusted.ts';

const MAX_EARLIER = 2;

const budgetKeys = {
  step: 'budget.perStepUsd',
  issue: 'budget.perIssueUsd',
  day: 'budget.perDayUsd',
  month: 'budget.perMonthUsd',
} as const satisfies Record<EventData['BUDGET.EXCEEDED']['scope'], string>;

/** What each command of an escalation does, by its name. */
const meanings: Readonly<Record<string, string>> = {
  retry: 'try again, with fresh attempts',
  resume: 'go on with what you have pushed to the branch',
  skip: 'pass over this step',
  'take-over': 'do the rest yourself',
  stop: 'end the work on this issue',
};

/** What a person is asked to decide: what happened, the commands that lead out, and what was tried. Empty without an escalation. */
export function renderEscalation(state: LoopState, options: RenderOptions): string {
  const { escalation } = state;
  if (!escalation) return '';
  const gate = escalation.gateId ? `, ${gateTitles[escalation.gateId]} gate` : '';
  const head = joinSections([
    renderHeadline({ ...state, status: 'escalated' }),
    `**${getRow(escalation.stepId).title}${gate}:** ${toInline(escalation.summary)}`,
    describeBudget(state),
    renderCommands(escalation, options),
  ]);
  const hint = `All of it: ${code(`tamma events list --issue ${options.issue} --type GATE.FAILED`)}.`;
  return fitBody(head, renderReports(escalation), '', hint);
}

/** More attempts do not help where the money is used up. */
function describeBudget({ escalation, budgetExceeded }: LoopState): string {
  if (escalation?.reason !== 'budget' || !budgetExceeded) return '';
  const { scope, spentUsd, limitUsd, neededUsd } = budgetExceeded;
  const left = formatUsd(Math.max(0, limitUsd - spentUsd));
  return `The next call may cost ${formatUsd(neededUsd)}, and ${left} of ${formatUsd(limitUsd)} per ${scope} are left. Raise ${code(budgetKeys[scope])} on the default branch before you retry: otherwise it stops again.`;
}

function renderCommands({ commands }: Escalation, options: RenderOptions): string {
  const rows = commands.map((command) => {
    const name = /^\/?tamma ([a-z-]+)/.exec(command)?.[1] ?? '';
    return tableRow([code(rewriteCommand(command, options)), meanings[name] ?? '']);
  });
  const table = [tableRow(['Command', 'What it does']), '|---|---|', ...rows].join('\n');
  return joinSections([`**${whoMay(options)} decides** with one of these:`, table]);
}

/** The newest attempt in sight, the ones before it folded. */
function renderReports({ reports }: Escalation): string {
  const [newest, ...earlier] = [...reports].reverse();
  if (!newest) return '';
  const whole = earlier
    .slice(0, MAX_EARLIER)
    .map(({ attempt, report }) => `**Attempt ${attempt}:** ${renderReport(report)}`);
  const short = earlier
    .slice(MAX_EARLIER)
    .map(({ attempt, report }) => `- attempt ${attempt}: ${toInline(report.summary)}`);
  return joinSections([
    '#### What was tried',
    `**Attempt ${newest.attempt}:** ${renderReport(newest.report)}`,
    earlier.length > 0 && details('Earlier attempts', joinSections([...whole, short.join('\n')])),
  ]);
}
