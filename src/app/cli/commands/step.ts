import { runStep } from '../../run-step.ts';
import type { Command } from '../command.ts';
import { describeStep, exitCodeOf, toStepJson } from '../step-result.ts';

export const stepCommand: Command = async ({ options, palette, runtime }) => {
  const { issue = 0, dryRun = false } = options;
  const report = await runStep(await runtime(), { issue, dryRun });
  return { exitCode: exitCodeOf(report), json: toStepJson(report), text: describeStep(report, palette) };
};
