import type { Plan } from '../core/events/parts.ts';
import type { LoopState } from '../core/state.ts';
import { gateTitles } from '../core/vocabulary.ts';
import type { Palette } from '../lib/palette.ts';
import { formatTime } from '../lib/quantities.ts';
import { listGates } from './gates-table.ts';
import { describePutOff } from './need.ts';
import { toBlock, toPlain } from './untrusted.ts';

/** What a person has to know to answer what the loop waits for, for a terminal; empty where it waits for nobody. */
export function renderCheckpoint(state: LoopState, palette: Palette): string {
  if (state.status === 'escalated') return renderEscalated(state, palette);
  if (state.wait?.for === 'answers') return renderQuestions(state, palette);
  if (state.wait?.for === 'approval') return renderApproval(state, palette);
  if (state.wait?.for === 'platform') return `  ${describePutOff(state, toPlain)}`;
  return '';
}

function renderQuestions({ questions }: LoopState, palette: Palette): string {
  return questions
    .map(({ id, question, choices }) => {
      const listed = choices.map((choice, index) => `     ${index + 1}. ${toPlain(choice)}`);
      return [`  ${palette.bold(id)} ${toPlain(question)}`, ...listed].join('\n');
    })
    .join('\n');
}

function renderApproval(state: LoopState, palette: Palette): string {
  const requested = state.requestedApproval;
  const kind = requested?.kind ?? 'design';
  const facts = [
    ...(requested?.reasons ?? []).map(
      (reason) => `  ${palette.yellow('why you are asked')} ${toPlain(reason)}`,
    ),
    `  ${kind === 'merge' ? 'head' : 'plan'} ${palette.bold(requested?.digest ?? '')}${requested ? `, until ${formatTime(requested.expiresAt)}` : ''}`,
  ];
  if (kind === 'merge') return [...renderMerge(state, palette), ...facts].join('\n');
  return [...(state.design ? renderPlan(state.design.plan, palette) : []), ...facts].join('\n');
}

function renderMerge(state: LoopState, palette: Palette): string[] {
  const gates = listGates(state).map(
    ({ gateId, passed, text }) =>
      `  ${passed ? palette.green('✓') : palette.red('✗')} ${gateTitles[gateId].padEnd(12)} ${toPlain(text, 120)}`,
  );
  const pull = state.pull ? [`  pull request #${state.pull.number} ${toPlain(state.pull.url)}`] : [];
  return [...pull, ...gates];
}

/** The whole plan: what is approved is what is shown. */
function renderPlan(plan: Plan, palette: Palette): string[] {
  const { breakingChange, newDependencies, options } = plan;
  return [
    `  ${toPlain(plan.summary, 2000)}`,
    ...plan.steps.flatMap((step, index) => [
      `  ${index + 1}. ${palette.bold(toPlain(step.title))}`,
      `     ${toPlain(step.detail, 2000)}`,
      ...(step.files.length > 0
        ? [palette.dim(`     ${step.files.map((file) => toPlain(file)).join(', ')}`)]
        : []),
    ]),
    `  tests: ${toPlain(plan.testPlan, 2000)}`,
    `  risk: ${plan.risk}${plan.riskReasons.map((reason) => `; ${toPlain(reason)}`).join('')}`,
    ...(breakingChange.expected
      ? [`  ${palette.yellow('breaking change:')} ${toPlain(breakingChange.reason)}`]
      : []),
    ...(newDependencies.length > 0
      ? [`  new dependencies: ${newDependencies.map((name) => toPlain(name)).join(', ')}`]
      : []),
    ...options.map(
      (option) => `  option ${palette.bold(toPlain(option.name))}: ${toPlain(option.tradeOff, 1000)}`,
    ),
  ];
}

const MAX_OUTPUT_LINES = 20;

function renderEscalated({ escalation }: LoopState, palette: Palette): string {
  if (!escalation) return '';
  const summary = `  ${toPlain(escalation.summary)}`;
  const newest = escalation.reports.at(-1)?.report;
  if (!newest) return summary;
  const findings = newest.findings.slice(0, 12).map(({ severity, path, line, message }) => {
    const place = path ? ` ${toPlain(line ? `${path}:${line}` : path)}` : '';
    return `  - ${severity}${place} ${toPlain(message, 300)}`;
  });
  const output = newest.output
    ? toBlock(newest.output)
        .trimEnd()
        .split('\n')
        .slice(-MAX_OUTPUT_LINES)
        .map((line) => palette.dim(`    ${line}`))
    : [];
  return [summary, ...findings, ...output].join('\n');
}
