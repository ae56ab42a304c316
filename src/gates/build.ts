import type { Gate } from './context.ts';
import { parseProblems } from './problems.ts';
import { describeFailure, type ProjectRun, runProjectCommand, toProjectRun } from './run.ts';
import { createVerdict, type Verdict } from './verdict.ts';

/** The installation, the build command and the linter, as far as there are any. The first that is red decides. */
export const judgeBuild: Gate = async (context) => {
  const { commands, install } = context;
  const runs: ProjectRun[] = [];
  if (commands.install !== null && install) runs.push(toProjectRun(context, commands.install, install));
  for (const command of [commands.build, commands.lint]) {
    if (command !== null && !runs.some(isRed)) runs.push(await runProjectCommand(context, command));
  }
  const durationMs = runs.reduce((sum, run) => sum + run.durationMs, 0);
  const red = runs.find(isRed);
  const log = runs.map((run) => run.log).join('\n');
  if (red) return { ...toFailure(context.workspace.directory, red, context.redact, durationMs), log };
  const green = runs.map(({ command }) => `\`${command}\``).join(', ');
  return createVerdict({
    gateId: 'build',
    passed: true,
    summary: green ? `exit code 0 from ${green}` : 'nothing to build',
    log,
    notes: commands.build === null ? ['nothing was built: the project has no build command'] : [],
    durationMs,
  });
};

function isRed({ exitCode }: ProjectRun): boolean {
  return exitCode !== 0;
}

function toFailure(
  directory: string,
  run: ProjectRun,
  redact: (text: string) => string,
  durationMs: number,
): Verdict {
  const findings = parseProblems(run.output, directory).map((finding) => ({
    ...finding,
    message: redact(finding.message),
  }));
  const summary = describeFailure(run);
  return createVerdict({
    gateId: 'build',
    passed: false,
    summary,
    findings,
    output: run.excerpt,
    durationMs,
  });
}
