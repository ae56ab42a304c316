import type { ProjectBrief } from '../agent/brief.ts';
import type { AgentContext } from '../agent/context.ts';
import type { ProjectCommands } from '../core/commands.ts';
import type { Config } from '../core/config/schema.ts';
import type { Plan } from '../core/events/parts.ts';
import type { Clock, Progress } from '../ports/host.ts';
import type { Repository, Sha } from '../ports/repository.ts';
import type { CommandResult, Sandbox } from '../ports/sandbox.ts';
import type { Workspace } from '../ports/workspace.ts';
import type { Verdict } from './verdict.ts';

/** Everything a gate judges by. The workspace holds exactly the head, with the project's dependencies installed. */
export type GateContext = {
  repository: Repository;
  workspace: Workspace;
  sandbox: Sandbox;
  commands: ProjectCommands;
  /** How the installation of the dependencies ended: judged by the build gate. Absent or null: there was none to judge. */
  install?: CommandResult | null;
  /** Where the coverage command may leave its report, likeliest first. */
  coverageReports: readonly string[];
  baseSha: Sha;
  headSha: Sha;
  config: Pick<Config, 'gates' | 'limits' | 'protected'>;
  redact(text: string): string;
  report(progress: Progress): void;
  clock: Clock;
  signal: AbortSignal;
};

/** The review calls a model and knows what was asked for; the other gates neither need nor get that. */
export type ReviewContext = GateContext & { agent: AgentContext; brief: ProjectBrief; plan: Plan };

export type Gate = (context: GateContext) => Promise<Verdict>;
