import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../core/config/schema.ts';
import { collectSecrets } from '../core/text/redact.ts';
import { once } from '../lib/once.ts';
import { pause } from '../lib/pause.ts';
import type { EventStore } from '../ports/event-store.ts';
import type { Clock, Host } from '../ports/host.ts';
import type { Platform } from '../ports/platform.ts';
import type { Provider } from '../ports/provider.ts';
import type { Repository } from '../ports/repository.ts';
import type { Sandbox } from '../ports/sandbox.ts';
import { createArchiveDirectory } from '../stores/archive/archive-directory.ts';
import { openContent } from '../stores/content/open-content.ts';
import { createGitBranchStore } from '../stores/git-branch/git-branch-store.ts';
import { createMemoryStore } from '../stores/memory.ts';
import { type CheckoutInspection, inspectCheckout } from '../workspace/checkout.ts';
import { detectCommands } from '../workspace/commands.ts';
import { openRepository } from '../workspace/repository.ts';
import { createWorkspace } from '../workspace/workspace.ts';
import { createAnchorBook } from './anchor-book.ts';
import { ANCHOR_FILE } from './anchor-file.ts';
import { choosePlatform } from './choose-platform.ts';
import {
  chooseContent,
  closeContent,
  contentSecrets,
  findContentDirectory,
  findContentKeys,
} from './content-place.ts';
import { type Access, openAccess } from './credentials/open-access.ts';
import { openFederation } from './credentials/open-federation.ts';
import { openModel } from './credentials/open-model.ts';
import { createSecretKeeper, type SecretKeeper } from './credentials/secret-keeper.ts';
import { createKeepContent } from './keep-content.ts';
import { openLogSigning, signingSecrets } from './log-signing.ts';
import { openLog } from './open-log.ts';
import { findCommitter, openPlatform } from './open-platform.ts';
import { createProjections } from './projections.ts';
import { readConfig } from './read-config.ts';
import { remoteSecrets, toSshEnvironment } from './remote-access.ts';
import type { Runtime } from './runtime.ts';
import { withSignedSnapshots } from './signed-snapshots.ts';
import { createTemporaryDirectory } from './temporary-directory.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type ComposeOptions = {
  /** A checkout or a bare repository. */
  directory: string;
  /** Read instead of `.tamma/config.yml` of the default branch. */
  configFile?: string;
  environment: Environment;
  host: Host;
  clock: Clock;
  signal: AbortSignal;
  /** From the command line or the workflow, which may loosen what the repository's file may not. */
  sandbox?: 'required' | 'best-effort';
  /** A session file that is played back in place of every provider. */
  recording?: string;
  /** Name of the remote that holds the truth, or `none`; by default `origin` where there is one. */
  remote?: string;
  /** `github` or `plain-git`; by default what the remote is. */
  platform?: string;
  /** The log is in memory, and nothing is kept beside it: what is run again leaves nothing behind. */
  fleeting?: boolean;
  /** Puts something around the parts: a recorder, or a test's fault. */
  decorate?: Decorate;
  /** Length of a second in the platform's waits and time limits; default 1000 ms. */
  secondMs?: number;
};

export type Decorate = {
  store?(store: EventStore): EventStore;
  platform?(platform: Platform): Platform;
  /** Gets the way to open the configured one, so that it may stand in for it. */
  provider?(open: () => Promise<Provider>): Promise<Provider>;
};

/**
 * The only place that knows every adapter. Throws NOT_A_REPOSITORY, GIT_MISSING, REPOSITORY_EMPTY, CONFIG_INVALID and
 * what else keeps Tamma from starting; nothing is written by then. `close` removes what was temporary.
 */
export async function compose(options: ComposeOptions): Promise<Runtime> {
  const { environment, host, clock, secondMs } = options;
  const repository = await openRepository({ directory: options.directory });
  const checkout = await inspectCheckout(options.directory, environment, repository.gitDirectory);
  const chosen = choosePlatform({
    remotes: checkout.remotes,
    wantedRemote: options.remote ?? (environment.TAMMA_REMOTE || undefined),
    wantedPlatform: options.platform ?? (environment.TAMMA_PLATFORM || undefined),
    environment,
  });
  const keeper = createSecretKeeper(collectSecrets(environment), (value) => host.mask?.(value));
  const access = await openAccess(chosen, { keeper, clock, secondMs });
  try {
    return await assemble({ repository, checkout, access, keeper, options });
  } catch (error) {
    await access.close();
    throw error;
  }
}

type Parts = {
  repository: Repository;
  checkout: CheckoutInspection;
  access: Access;
  keeper: SecretKeeper;
  options: ComposeOptions;
};

async function assemble({ repository, checkout, access, keeper, options }: Parts): Promise<Runtime> {
  const { environment, host, clock, signal, decorate = {} } = options;
  const { remote } = access.chosen;
  const reached = { environment: toSshEnvironment(environment) };
  const platform = await openPlatform(access, { repository, checkout, options });
  const identity = await findCommitter(access, platform, { checkout, environment, host });
  const base = await platform.branches.getDefault();
  const { config, digest, source, sources } = await readConfig({
    repository,
    baseSha: base.head,
    file: options.configFile ?? environment.TAMMA_CONFIG_PATH,
    environment,
    sandbox: options.sandbox,
  });
  const { TAMMA_ARCHIVE_DIR: archiveDirectory } = environment;
  const archiveFiles = archiveDirectory ? createArchiveDirectory(archiveDirectory) : undefined;
  const signing = openLogSigning(config, environment);
  const openGitStore = () =>
    createGitBranchStore({
      gitDirectory: repository.gitDirectory,
      archive: archiveFiles,
      ...(remote ? { remote: { ...reached, ...remote } } : {}),
      transport: config.events.transport,
      api: platform.branchApi,
      onFallback: (text) => host.report({ kind: 'note', level: 'warning', text }),
      clock,
      ...(identity ? { identity } : {}),
      ...signing,
    });
  const { gitDirectory } = repository;
  const opened = options.fleeting
    ? { store: createMemoryStore() }
    : openLog({
        config,
        environment,
        signing,
        remoteUrl: remote?.url,
        gitDirectory,
        archive: archiveFiles,
        openGitStore,
      });
  const { store } = opened;
  keeper.add(...collectSecrets(environment, keyNames(config)), ...remoteSecrets(remote));
  keeper.add(...contentSecrets(config, environment), ...signingSecrets(config, environment));
  const content = openContent({
    keep: options.fleeting ? 'none' : chooseContent(config),
    directory: findContentDirectory(environment, repository.stateDirectory),
    keys: findContentKeys(config, environment),
    clock,
    gitDirectory: repository.gitDirectory,
    remote: remote ? { ...reached, ...remote } : undefined,
    table: 'table' in opened ? opened.table : undefined,
  });
  const temporary = createTemporaryDirectory();
  const exchange = once(() => openFederation(environment, { keeper }));
  const { store: log, book: anchors } = createAnchorBook({
    store: decorate.store?.(store) ?? store,
    file: environment[ANCHOR_FILE] || undefined,
    clock,
    host,
  });
  const onLost = (reason: string) =>
    host.report({ kind: 'note', level: 'warning', text: `a snapshot of the log was not kept: ${reason}` });
  const paidBy = new Set<string>();
  const onAccess = (text: string) => {
    if (!paidBy.has(text)) host.report({ kind: 'note', level: 'info', text });
    paidBy.add(text);
  };
  return {
    directory: options.directory,
    config,
    configDigest: digest,
    configSource: source,
    environment,
    clock,
    host,
    redactor: keeper,
    platform: decorate.platform?.(platform) ?? platform,
    defaultBranch: base.name,
    repository,
    store: log,
    anchors,
    projections: createProjections({
      store: withSignedSnapshots(log, signing),
      onLost,
    }),
    content,
    archiveFiles,
    keep: createKeepContent({
      store: content,
      redactor: keeper,
      host,
      clock,
      retentionDays: config.events.content.retentionDays,
    }),
    provider: async (stepId) => {
      const roots = [repository.stateDirectory, await temporary.path()];
      const parts = { config, sources, options, roots, exchange: await exchange(), onAccess };
      const open = () => openModel(stepId, parts);
      return decorate.provider ? decorate.provider(open) : open();
    },
    paidBy: () => [...paidBy],
    site: async () =>
      (await import('./github-site.ts')).openSiteOf(access, { clock, secondMs: options.secondMs }),
    sandbox: once(async () =>
      probe(config, { checkout, temporaryDirectory: await temporary.path(), options }),
    ),
    workspace: async (issue) =>
      createWorkspace({
        repository,
        directory: join(await temporary.workspaces(repository.stateDirectory), String(issue)),
      }),
    async commands(commit) {
      const files = await repository.listFiles(commit);
      const readText = async (path: string) =>
        (await repository.readFile(commit, path))?.toString('utf8') ?? '';
      return detectCommands(
        files.map((file) => file.path),
        readText,
        config.commands,
      );
    },
    async promptOverride(name, commit) {
      const override = await repository.readFile(commit, `.tamma/prompts/${name}.md`);
      return override?.toString('utf8');
    },
    wait: (milliseconds) => pause((milliseconds * (options.secondMs ?? 1000)) / 1000, signal),
    signal,
    async close() {
      try {
        await closeContent(content, { host, redact: keeper.redact });
        await store.close();
        await temporary.remove();
      } finally {
        await access.close();
      }
    },
  };
}

type ProbeParts = { checkout: CheckoutInspection; temporaryDirectory: string; options: ComposeOptions };

async function probe(
  config: Config,
  { checkout, temporaryDirectory, options }: ProbeParts,
): Promise<Sandbox> {
  const { probeSandbox } = await import('../workspace/sandbox/probe.ts');
  const hidden = [homedir(), options.environment.RUNNER_TEMP, checkout.directory].filter(
    (path) => path !== undefined,
  );
  return probeSandbox({
    policy: options.sandbox ?? config.sandbox,
    temporaryDirectory,
    hidden,
    path: options.environment.PATH ?? '',
  });
}

function keyNames(config: Config): string[] {
  return Object.values(config.providers).flatMap((entry) => entry.apiKeyEnv ?? []);
}
