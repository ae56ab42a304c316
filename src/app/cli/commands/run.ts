import { TammaError } from '../../../core/errors.ts';
import type { LoopState } from '../../../core/state.ts';
import { renderOutcome, renderStatus } from '../../../report/status.ts';
import { pickNext } from '../../orchestrate.ts';
import { readState } from '../../read-state.ts';
import type { CommandReport, StepReport } from '../../reports.ts';
import { runLoop } from '../../run-loop.ts';
import { runStep } from '../../run-step.ts';
import type { Runtime } from '../../runtime.ts';
import { createAsk } from '../ask.ts';
import type { Command, CommandContext, CommandResult } from '../command.ts';
import { describeStep, exitCodeOf, needOf, toOutputs, toStepJson } from '../step-result.ts';

export const runCommand: Command = async (context) => {
  const { options, palette } = context;
  const runtime = await context.runtime();
  const issue = await chooseIssue(runtime, options);
  if (issue === null) {
    return {
      json: { status: 'idle', issue: null, steps: [] },
      text: 'Nothing to do: no issue is eligible, and none can go on.',
    };
  }
  if (options.dryRun) {
    const report = await runStep(runtime, { issue, dryRun: true });
    return { exitCode: exitCodeOf(report), json: toStepJson(report), text: describeStep(report, palette) };
  }
  const reports = await runLoop(runtime, { issue, ...askingOptions(context) });
  const state = await readState(runtime.store, issue);
  return describeRun(issue, settle(reports, state), context);
};

function chooseIssue(runtime: Runtime, { issue, next }: CommandContext['options']): Promise<number | null> {
  if (issue !== undefined && next) throw usage('--issue and --next exclude each other');
  if (issue !== undefined) return Promise.resolve(issue);
  if (next) return pickNext(runtime);
  throw usage('tamma run needs an issue');
}

function usage(message: string): TammaError {
  return new TammaError('USAGE', message, { help: 'Give --issue N, or --next for the one that comes next.' });
}

function askingOptions({ prompt, palette }: CommandContext) {
  if (!prompt) return {};
  const onCommand = ({ accepted, message }: CommandReport) =>
    prompt.say(accepted ? `${palette.green('✓')} ${message}` : `${palette.red('✗')} ${message}`);
  return { ask: createAsk(prompt, palette), onCommand };
}

/** What the person said after the last step is part of how the run ended. */
function settle(reports: readonly StepReport[], state: LoopState): StepReport[] {
  return reports.map((report, index) => {
    if (index < reports.length - 1 || state.position === report.state.position) return report;
    const isOver = state.status === 'stopped' || state.status === 'taken-over';
    return { ...report, state, nextStep: null, status: isOver ? 'idle' : report.status };
  });
}

function describeRun(
  issue: number,
  reports: readonly StepReport[],
  { palette, signal, watched }: CommandContext,
): CommandResult {
  const last = reports.at(-1);
  if (!last || (signal.aborted && last.progressed)) {
    throw new TammaError('INTERRUPTED', `the run of issue ${issue} was stopped between two steps`);
  }
  const { state, error } = last;
  const text = [
    watched ? renderOutcome(state, { issue, palette }) : renderStatus(state, { issue, palette }),
    ...needOf(state, palette),
    ...(error ? ['', `${palette.red('✗')} ${error.message}`, `${palette.cyan('→')} ${error.help}`] : []),
  ];
  const json = {
    ...toStepJson(last),
    ...toOutputs(state),
    steps: reports.map(({ step, status, summary, durationMs }) => ({ step, status, summary, durationMs })),
  };
  return { exitCode: exitCodeOf(last), json, text: text.join('\n') };
}
