import { toArgv } from '../core/commands.ts';
import type { CommandResult } from '../ports/sandbox.ts';
import type { StepContext } from '../ports/step.ts';
import type { Workspace } from '../ports/workspace.ts';
import { getContext } from './project-view.ts';

/**
 * Fetches the project's dependencies into the workspace: the only command with a network, and detection leaves its
 * scripts off. Null where the project has none. A failure is the build gate's to judge: everybody else goes on.
 */
export async function installDependencies(
  context: StepContext,
  workspace: Workspace,
): Promise<CommandResult | null> {
  const { install } = getContext(context).commands;
  if (!install) return null;
  const sandbox = await context.sandbox();
  context.report({ kind: 'tool', name: 'install', target: install });
  return sandbox.run({
    argv: toArgv(install),
    directory: workspace.directory,
    network: true,
    timeoutMs: context.config.limits.commandTimeoutSeconds * 1000,
    signal: context.signal,
  });
}
