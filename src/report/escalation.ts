import { getRow } from '../core/loop.ts';
import type { Escalation, LoopState } from '../core/state.ts';
import { renderReport } from './findings.ts';
import { gateTitles } from './gates-table.ts';
import { code, fitBody, joinSections, tableRow } from './markdown.ts';
import { type RenderOptions, rewriteCommand } from './render-options.ts';
import { toInline } from './untrusted.ts';

const MAX_REPORTS = 3;

/** What each command of an escalation does, by its name. */
const meanings: Readonly<Record<string, string>> = {
  retry: 'try again: the attempts count from zero',
  resume: 'go on with what you have pushed to the branch',
  skip: 'pass over this step',
  'take-over': 'do the rest yourself',
  stop: 'end the work on this issue',
};

/** What a person is asked to look at: the reports that led there, and the commands that answer. Empty without an escalation. */
export function renderEscalation(state: LoopState, options: RenderOptions): string {
  const { escalation } = state;
  if (!escalation) return '';
  const gate = escalation.gateId ? `, ${gateTitles[escalation.gateId]} gate` : '';
  const head = joinSections([
    '### Tamma needs a person',
    `**${getRow(escalation.stepId).title}${gate}:** ${toInline(escalation.summary)}`,
  ]);
  const hint = `All of it: \`tamma events list --issue ${options.issue} --type GATE.FAILED\`.`;
  return fitBody(head, renderReports(escalation), renderAnswers(escalation, options), hint);
}

function renderReports({ reports }: Escalation): string {
  const newestFirst = [...reports].reverse();
  const whole = newestFirst
    .slice(0, MAX_REPORTS)
    .map(({ attempt, report }) => `**Attempt ${attempt}:** ${renderReport(report)}`);
  const short = newestFirst
    .slice(MAX_REPORTS)
    .map(({ attempt, report }) => `- attempt ${attempt}: ${toInline(report.summary)}`);
  return joinSections([...whole, short.join('\n')]);
}

function renderAnswers({ commands }: Escalation, options: RenderOptions): string {
  const rows = commands.map((command) => {
    const name = /^\/?tamma ([a-z-]+)/.exec(command)?.[1] ?? '';
    return tableRow([code(rewriteCommand(command, options)), meanings[name] ?? '']);
  });
  return [tableRow(['Give', 'to']), '|---|---|', ...rows].join('\n');
}
