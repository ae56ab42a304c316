import type { ProjectCommands } from '../core/commands.ts';
import { matchApprovedCommand } from '../core/commands.ts';
import type { StepId } from '../core/loop.ts';
import type { Clock, Progress } from '../ports/host.ts';
import type { Sandbox } from '../ports/sandbox.ts';
import type { Model, StepContext } from '../ports/step.ts';
import type { Workspace } from '../ports/workspace.ts';
import type { AgentLimits } from './limits.ts';
import type { CommandAnswer } from './tools/tool.ts';

/** What the four tasks work with, apart from what they are about. */
export type AgentContext = {
  model: Model;
  workspace: Workspace;
  /** Globs of the repository's own that are treated like the built-in protected paths. */
  protectedPaths: readonly string[];
  limits: AgentLimits;
  temperature?: number;
  /** Absent: this task runs no commands. Runs one of the approved ones and never throws for one that is not. */
  runCommand?: (command: string) => Promise<CommandAnswer>;
  promptOverride(name: string): Promise<string | undefined>;
  saveTrajectory(name: string, trajectory: unknown): Promise<void>;
  report(progress: Progress): void;
  redact(text: string): string;
  clock: Pick<Clock, 'now'>;
  signal: AbortSignal;
};

/** Failed tool calls in a row that end a session: by then the model is lost. */
const MAX_TOOL_ERRORS = 8;

type StepParts = Pick<
  StepContext,
  | 'config'
  | 'model'
  | 'workspace'
  | 'sandbox'
  | 'promptOverride'
  | 'saveTrajectory'
  | 'report'
  | 'redact'
  | 'clock'
  | 'signal'
>;

/** The agent's context of a step. With `commands` it may run the approved ones in the step's sandbox. */
export async function createAgentContext(
  step: StepParts,
  { stepId, commands }: { stepId: StepId; commands?: ProjectCommands },
): Promise<AgentContext> {
  const { config, promptOverride, saveTrajectory, report, redact, clock, signal } = step;
  const temperature = config.agent.steps[stepId]?.temperature;
  const workspace = await step.workspace();
  const timeoutMs = config.limits.commandTimeoutSeconds * 1000;
  return {
    model: await step.model(),
    workspace,
    protectedPaths: config.protected.add,
    limits: {
      maxTurns: config.agent.maxTurns,
      maxToolErrors: MAX_TOOL_ERRORS,
      maxOutputTokens: config.agent.maxOutputTokens,
    },
    ...(temperature === undefined ? {} : { temperature }),
    ...(commands
      ? {
          runCommand: createCommandRunner({
            sandbox: await step.sandbox(),
            workspace,
            commands,
            timeoutMs,
            signal,
          }),
        }
      : {}),
    promptOverride,
    saveTrajectory,
    report,
    redact,
    clock,
    signal,
  };
}

type RunnerOptions = {
  sandbox: Sandbox;
  workspace: Pick<Workspace, 'directory'>;
  commands: ProjectCommands;
  timeoutMs: number;
  signal: AbortSignal;
};

/** Runs a model's command if it is an approved one: without network, in the workspace, as argv. */
export function createCommandRunner(options: RunnerOptions): (command: string) => Promise<CommandAnswer> {
  const { sandbox, workspace, commands, timeoutMs, signal } = options;
  return async (command) => {
    const match = matchApprovedCommand(command, commands);
    if (match.status === 'refused') return match;
    const result = await sandbox.run({ argv: match.argv, directory: workspace.directory, timeoutMs, signal });
    return { status: 'ran', ...result };
  };
}
