import type { LoopOutline, LoopState } from '../../core/state.ts';
import type { Palette } from '../../lib/palette.ts';
import { formatUsd } from '../../lib/quantities.ts';
import { renderCheckpoint } from '../../report/checkpoint.ts';
import { toPlain } from '../../report/untrusted.ts';
import type { StepReport } from '../reports.ts';
import { toErrorJson } from './describe-error.ts';

/** 3 where a person is asked, the error's own code where the step failed; a wait is success. */
export function exitCodeOf({ status, error }: Pick<StepReport, 'status' | 'error'>): number {
  if (status === 'escalated') return 3;
  return status === 'failed' ? (error?.exitCode ?? 1) : 0;
}

/** The outputs of `action.yml` by their names in JSON, and what explains them. */
export function toStepJson(report: StepReport) {
  const { state, decision } = report;
  return {
    status: report.status,
    step: report.step,
    nextStep: report.nextStep,
    issue: report.issue,
    summary: report.summary,
    decision: decision.kind,
    because: decision.because,
    ...toOutputs(state),
    wait: state.wait,
    escalation: state.status === 'escalated' ? state.escalation : null,
    durationMs: report.durationMs,
    ...(report.error ? toErrorJson(report.error) : { error: null }),
    ...(report.intents.length > 0 ? { intents: report.intents } : {}),
  };
}

export function toOutputs({ branch, pull, head, costUsd, position }: LoopOutline) {
  return {
    branch,
    pullRequest: pull?.number ?? null,
    headSha: head?.sha ?? null,
    costUsd,
    position,
  };
}

/** What one step came to and what comes next. Progress has told how it went; this tells where it stands. */
export function describeStep(report: StepReport, palette: Palette): string {
  const { issue, state, step, nextStep, summary, decision } = report;
  const lines = [
    step
      ? `${palette.bold(`#${issue} ${step}`)} ${describeStatus(report, palette)}: ${toPlain(summary)}`
      : `${palette.bold(`#${issue}`)} ${describeStatus(report, palette)}: ${toPlain(decision.because)}`,
    ...report.intents.map((intent) => `  would write: ${toPlain(JSON.stringify(intent), 200)}`),
    ...needOf(state, palette),
    ...(report.error ? [`${palette.cyan('→')} ${toPlain(report.error.help)}`] : []),
    ...(nextStep && !report.error ? [palette.dim(`next: ${nextStep} (tamma step --issue ${issue})`)] : []),
    palette.dim(`${formatUsd(state.costUsd)} so far`),
  ];
  return lines.join('\n');
}

/** What the loop waits for: first what to know, then the commands. */
export function needOf(state: LoopState, palette: Palette): string[] {
  const checkpoint = renderCheckpoint(state, palette);
  const commands = state.wait?.command
    ? [state.wait.command]
    : state.status === 'escalated'
      ? (state.escalation?.commands ?? [])
      : [];
  return [
    ...(checkpoint ? [checkpoint] : []),
    ...commands.map((command) => `${palette.cyan('→')} ${toPlain(command)}`),
  ];
}

function describeStatus({ status, progressed }: StepReport, palette: Palette): string {
  if (progressed) return palette.green('done');
  const paint = { failed: palette.red, escalated: palette.red, waiting: palette.yellow, done: palette.green }[
    String(status)
  ];
  return paint?.(status) ?? status;
}
