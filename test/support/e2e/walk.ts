import { type GiveCommandOptions, giveCommand } from '../../../src/app/commands.ts';
import type { CommandReport, StepReport } from '../../../src/app/reports.ts';
import { runStep } from '../../../src/app/run-step.ts';
import type { StepId } from '../../../src/core/loop.ts';
import { type OpenOptions, withSample } from './open-sample.ts';
import type { SampleProject } from './sample-project.ts';

export type WalkOptions = OpenOptions & {
  issue?: number;
  /** Ends before this step; without it the walk ends where the loop waits, fails or is over. */
  before?: StepId;
};

/** Runs step after step as `tamma run` does. Answers with the report of each; the last one says why it ended. */
export function walk(project: SampleProject, options: WalkOptions): Promise<StepReport[]> {
  const { issue = 1, before, ...open } = options;
  return withSample(project, open, async (runtime) => {
    const reports: StepReport[] = [];
    for (;;) {
      const report = await runStep(runtime, { issue });
      reports.push(report);
      if (!report.progressed || report.state.cursor === before) return reports;
    }
  });
}

/** The end of a walk. */
export async function walkToEnd(project: SampleProject, options: WalkOptions): Promise<StepReport> {
  const reports = await walk(project, options);
  const last = reports.at(-1);
  if (!last) throw new Error('a walk has at least one step');
  return last;
}

/** What a person says, in a process that knows no model. */
export function say(
  project: SampleProject,
  command: GiveCommandOptions['command'],
  argument = '',
  { issue = 1, ...open }: OpenOptions & { issue?: number } = {},
): Promise<CommandReport> {
  return withSample(project, open, (runtime) => giveCommand(runtime, { issue, command, argument }));
}
