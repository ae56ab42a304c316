import { cleanOutput } from '../agent/command-output.ts';
import { toArgv } from '../core/commands.ts';
import { truncateMiddle } from '../core/text/truncate.ts';
import type { CommandResult } from '../ports/sandbox.ts';
import type { GateContext } from './context.ts';

/** What running a command of the project needs of a gate's context. */
export type RunContext = Pick<GateContext, 'workspace' | 'sandbox' | 'config' | 'redact' | 'signal'>;

/** `output` is as it came, for parsers; `excerpt` is what may be shown, `log` what may be kept. */
export type ProjectRun = CommandResult & { command: string; excerpt: string; log: string };

/** Fits into a report's output with room for what a gate adds. */
const MAX_EXCERPT = 6000;
/** What is kept beside the log has room for all that a sandbox lets out. */
const MAX_LOG = 8 * 1024 * 1024;

/** Runs a configured command in the sandbox on the files as they stand in the workspace, without network. */
export async function runProjectCommand(context: RunContext, command: string): Promise<ProjectRun> {
  const { workspace, sandbox, config, redact, signal } = context;
  const result = await sandbox.run({
    argv: toArgv(command),
    directory: workspace.directory,
    timeoutMs: config.limits.commandTimeoutSeconds * 1000,
    signal,
  });
  return toProjectRun({ redact }, command, result);
}

export function toProjectRun(
  { redact }: Pick<RunContext, 'redact'>,
  command: string,
  result: CommandResult,
): ProjectRun {
  const clean = cleanOutput(result.output, redact, MAX_LOG);
  const end = result.timedOut ? 'stopped at the time limit' : `exit code ${result.exitCode}`;
  return {
    ...result,
    command,
    excerpt: truncateMiddle(clean, MAX_EXCERPT),
    log: `$ ${command}\n${clean}\n(${end})\n`,
  };
}

/** How a run that was not green ended, for a summary: the command, its exit code, and what that code means if it is special. */
export function describeFailure({ command, exitCode, timedOut }: ProjectRun): string {
  if (timedOut) return `\`${command}\` did not end within the time limit`;
  if (exitCode === 127) return `\`${command}\` was not found (exit code 127)`;
  if (exitCode === 126) return `\`${command}\` could not be started (exit code 126)`;
  return `\`${command}\` failed (exit code ${exitCode})`;
}
