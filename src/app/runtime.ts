import type { Config } from '../core/config/schema.ts';
import type { StepId } from '../core/loop.ts';
import type { ContentStore, KeepContent } from '../ports/content-store.ts';
import type { EventStore } from '../ports/event-store.ts';
import type { Clock, Host } from '../ports/host.ts';
import type { ArchiveFiles } from '../ports/log-archive.ts';
import type { Platform } from '../ports/platform.ts';
import type { Provider } from '../ports/provider.ts';
import type { Repository } from '../ports/repository.ts';
import type { Sandbox } from '../ports/sandbox.ts';
import type { DetectedCommands } from '../ports/step.ts';
import type { Workspace } from '../ports/workspace.ts';
import type { AnchorBook } from './anchor-book.ts';
import type { Site } from './github-site.ts';
import type { Projections } from './projections.ts';

export type Redactor = { redact(text: string): string; finds(text: string): boolean };

/** Everything a use case works with. Parts that cost something are made on first use, once. */
export type Runtime = {
  /** The folder the user named: a checkout or a bare repository. */
  directory: string;
  config: Config;
  configDigest: string;
  /** Where the configuration came from, for people: file and commit, or "defaults". */
  configSource: string;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  host: Host;
  redactor: Redactor;
  platform: Platform;
  /** Name of the default branch as this run found it when it began. */
  defaultBranch: string;
  repository: Repository;
  store: EventStore;
  /** What the log says across issues. */
  projections: Projections;
  /** Heads of the log that are noted outside it. */
  anchors: AnchorBook;
  /** What is too large for the log. */
  content: ContentStore;
  /** The way into it for everything but reading. */
  keep: KeepContent;
  /** Where archived months of the log are, or are to be; undefined where nobody said so. */
  archiveFiles: ArchiveFiles | undefined;
  /** The model of this step by configuration, or what can be used. Throws KEY_MISSING, ID_TOKEN_UNAVAILABLE, PROVIDER_UNKNOWN. */
  provider(stepId: StepId): Promise<Provider>;
  /** `using … paid by …` for each provider that was opened in this run. */
  paidBy(): readonly string[];
  /** The repository's page and settings, for `tamma doctor`; undefined where it is not on GitHub. */
  site(): Promise<Site | undefined>;
  /** Throws SANDBOX_MISSING. */
  sandbox(): Promise<Sandbox>;
  workspace(issue: number): Promise<Workspace>;
  /** The commands of the project at this commit, detected and overridden by configuration. */
  commands(commit: string): Promise<DetectedCommands>;
  promptOverride(name: string, commit: string): Promise<string | undefined>;
  /** Waits so many milliseconds; ends early, without a throw, where the run is asked to stop. */
  wait(milliseconds: number): Promise<void>;
  signal: AbortSignal;
  close(): Promise<void>;
};
