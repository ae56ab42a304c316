import type { ProjectCommands } from '../core/commands.ts';
import type { Config } from '../core/config/schema.ts';
import type { TammaError } from '../core/errors.ts';
import type { LogHead } from '../core/events/chain.ts';
import type { EventDraft } from '../core/events/event.ts';
import type { Intent } from '../core/intents.ts';
import type { LoopState } from '../core/state.ts';
import type { KeepContent } from './content-store.ts';
import type { Clock, Progress } from './host.ts';
import type { Issue } from './platform/issues.ts';
import type { Platform } from './platform.ts';
import type { ChatRequest, ChatResponse, ModelLimits } from './provider.ts';
import type { Repository } from './repository.ts';
import type { Sandbox } from './sandbox.ts';
import type { Workspace } from './workspace.ts';

/** A provider as a step sees it: metered, within the budget, every call on record. `task` names the call in the log. */
export interface Model {
  readonly name: string;
  readonly limits: ModelLimits;
  /** Throws BUDGET_EXCEEDED before the call, and the PROVIDER_* errors after its own retries. */
  chat(task: string, turn: number, request: Omit<ChatRequest, 'model'>): Promise<ChatResponse>;
}

/** The platform without its writes: steps return intents. */
export type PlatformView = Pick<Platform, 'id' | 'repository' | 'capabilities' | 'ci'> & {
  issues: Pick<Platform['issues'], 'list' | 'get'>;
  pulls: Pick<Platform['pulls'], 'find'>;
  branches: Pick<Platform['branches'], 'getDefault' | 'find'>;
  actors: Platform['actors'];
  reviews?: Pick<NonNullable<Platform['reviews']>, 'list' | 'threads'>;
  dispatch?: Pick<NonNullable<Platform['dispatch']>, 'get'>;
  deployments?: Platform['deployments'];
  rules?: Platform['rules'];
};

export type DetectedCommands = {
  commands: ProjectCommands;
  /** What kind of project it was taken for, for people. */
  project: string;
  /** Where this project's coverage report may be found after the coverage command. */
  coverageReports: readonly string[];
};

export type StepContext = {
  state: LoopState;
  config: Config;
  /** Digest of the effective configuration: part of what an approval is bound to. */
  configDigest: string;
  issueNumber: number;
  /** The newest head of the log that this run has seen. */
  anchor?(): LogHead | undefined;
  platform: PlatformView;
  repository: Repository;
  /** Created on first use: a step that needs no files makes none. */
  workspace(): Promise<Workspace>;
  /** Probed on first use. Throws SANDBOX_MISSING where the policy requires one. */
  sandbox(): Promise<Sandbox>;
  /** The model of this step, by configuration. */
  model(): Promise<Model>;
  /** The commands of the project at this commit: detected, overridden by configuration. */
  detectCommands(commit: string): Promise<DetectedCommands>;
  /** A template of `.tamma/prompts/<name>.md` on the default branch at the base SHA, or undefined. */
  promptOverride(name: string): Promise<string | undefined>;
  issue(): Promise<Issue>;
  clock: Clock;
  report(progress: Progress): void;
  /** Saves the agent's messages as they come, outside the repository's content, for people who look into a run. */
  saveTrajectory(name: string, trajectory: unknown): Promise<void>;
  /** Keeps what is too large for the log: the event that speaks of it takes its digest along. */
  keep: KeepContent;
  /** Every secret known to this run is masked; for texts on their way into events and reports. */
  redact(text: string): string;
  signal: AbortSignal;
};

/**
 * What a step found out and wants. Events that claim an effect (COMMIT.CREATED, PR.CREATED …) are not here: they are
 * made from what `publish/` read back.
 */
export type StepOutcome =
  | { status: 'completed'; summary: string; events: EventDraft[]; intents: Intent[] }
  | { status: 'gate-failed'; summary: string; events: EventDraft[]; intents: Intent[] }
  | { status: 'skipped'; reason: string; events: EventDraft[]; intents: Intent[] }
  /** It could not end, but what it had done so far is worth keeping: that is published and recorded, then the failure. */
  | { status: 'failed'; error: TammaError; events: EventDraft[]; intents: Intent[] }
  | {
      status: 'waiting';
      summary: string;
      for: 'answers' | 'approval' | 'ci' | 'deployment';
      command?: string;
      until?: string;
      events: EventDraft[];
      intents: Intent[];
    };

export type Step = (context: StepContext) => Promise<StepOutcome>;
