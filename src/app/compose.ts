import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../core/config/schema.ts';
import { resolveStepModel } from '../core/config/step-model.ts';
import type { StepId } from '../core/loop.ts';
import { collectSecrets, createRedactor, type Secret } from '../core/text/redact.ts';
import { once } from '../lib/once.ts';
import { createPlainGitPlatform } from '../platforms/plain-git/plain-git.ts';
import type { EventStore } from '../ports/event-store.ts';
import type { Clock, Host } from '../ports/host.ts';
import type { Platform } from '../ports/platform.ts';
import type { Provider } from '../ports/provider.ts';
import type { Sandbox } from '../ports/sandbox.ts';
import { createGitBranchStore } from '../stores/git-branch/git-branch-store.ts';
import { type CheckoutInspection, inspectCheckout } from '../workspace/checkout.ts';
import { detectCommands } from '../workspace/commands.ts';
import { openRepository } from '../workspace/repository.ts';
import { createWorkspace } from '../workspace/workspace.ts';
import { chooseIdentity } from './choose-identity.ts';
import { type ChosenRemote, chooseRemote } from './choose-remote.ts';
import { readConfig } from './read-config.ts';
import type { Runtime } from './runtime.ts';

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
  /** Puts something around the parts: a recorder, or a test's fault. */
  decorate?: Decorate;
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
  const { environment, host, clock, signal, decorate = {} } = options;
  const repository = await openRepository({ directory: options.directory });
  const checkout = await inspectCheckout(options.directory, environment);
  const remote = chooseRemote({
    remotes: checkout.remotes,
    wanted: options.remote ?? environment.TAMMA_REMOTE,
    token: environment.TAMMA_GIT_TOKEN,
  });
  const reached = { environment: toSshEnvironment(environment) };
  const identity = chooseIdentity(environment, checkout.identity);
  const plain = await createPlainGitPlatform({
    gitDirectory: repository.gitDirectory,
    checkout: checkout.bare ? null : { directory: checkout.directory },
    remote: remote && { ...reached, url: remote.url, authorization: toHeader(remote) },
    identity,
    clock,
  });
  const base = await plain.branches.getDefault();
  const { config, digest, source } = await readConfig({
    repository,
    baseSha: base.head,
    file: options.configFile ?? environment.TAMMA_CONFIG_PATH,
    environment,
    sandbox: options.sandbox,
  });
  const store = createGitBranchStore({
    gitDirectory: repository.gitDirectory,
    ...(remote ? { remote: { ...reached, ...remote } } : {}),
    clock,
    ...(identity ? { identity } : {}),
  });
  const redactor = createRedactor([
    ...collectSecrets(environment, keyNames(config)),
    ...remoteSecrets(remote),
  ]);
  const temporary = createTemporaryDirectory();
  return {
    directory: options.directory,
    config,
    configDigest: digest,
    configSource: source,
    environment,
    clock,
    host,
    redactor,
    platform: decorate.platform?.(plain) ?? plain,
    repository,
    store: decorate.store?.(store) ?? store,
    provider: async (stepId) => {
      const roots = [repository.stateDirectory, await temporary.path()];
      const open = () => openProvider(config, stepId, { ...options, roots });
      return decorate.provider ? decorate.provider(open) : open();
    },
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
    signal,
    async close() {
      await store.close();
      await temporary.remove();
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

async function openProvider(
  config: Config,
  stepId: StepId,
  { environment, recording, clock, roots }: ComposeOptions & { roots: readonly string[] },
): Promise<Provider> {
  const { createProvider, getEntry } = await import('../providers/index.ts');
  const common = {
    environment,
    now: () => clock.now(),
    readText: (path: string) => readFile(path, 'utf8'),
    roots,
  };
  if (recording) {
    const entry = {
      vendor: 'recorded',
      model: 'recorded',
      baseUrl: null,
      apiKeyEnv: null,
      priority: 1,
      recording,
    } as const;
    return createProvider({ ...common, name: 'recorded', entry });
  }
  const wanted = resolveStepModel(config, stepId);
  const name = wanted.provider === 'auto' ? await route(config, environment, clock.now()) : wanted.provider;
  return createProvider({ ...common, name, entry: getEntry(config.providers, name), model: wanted.model });
}

async function route({ providers }: Config, environment: Environment, now: Date): Promise<string> {
  const [{ chooseProvider }, { describeProviders }] = await Promise.all([
    import('../providers/router.ts'),
    import('../providers/describe-providers.ts'),
  ]);
  return chooseProvider(describeProviders({ providers, environment, now }));
}

/** A private folder, made when somebody needs it. Workspaces stay between runs: they are beside the log's own state. */
function createTemporaryDirectory() {
  const path = once(async () => realpath(await mkdtemp(join(tmpdir(), 'tamma-'))));
  let made = false;
  return {
    path() {
      made = true;
      return path();
    },
    workspaces: async (stateDirectory: string) => join(stateDirectory, 'work'),
    async remove() {
      if (made) await rm(await path(), { recursive: true, force: true });
    },
  };
}

/** The header goes to this remote only. */
function toHeader({ url, authorization }: ChosenRemote): { url: string; header: string } | undefined {
  return authorization ? { url, header: authorization } : undefined;
}

function keyNames(config: Config): string[] {
  return Object.values(config.providers).flatMap((entry) => entry.apiKeyEnv ?? []);
}

/** What opens the remote, as it travels and as it was given. */
function remoteSecrets(remote: ChosenRemote | null): Secret[] {
  const header = remote?.authorization?.split(' ')[1];
  if (!header) return [];
  const token = Buffer.from(header, 'base64').toString().split(':').slice(1).join(':');
  return [header, token]
    .filter((value) => value.length >= 8)
    .map((value) => ({ name: 'TAMMA_GIT_TOKEN', value }));
}

function toSshEnvironment(environment: Environment): Record<string, string> {
  const names = [
    'HOME',
    'SSH_AUTH_SOCK',
    'GIT_SSH_COMMAND',
    'https_proxy',
    'HTTPS_PROXY',
    'no_proxy',
    'NO_PROXY',
  ];
  return Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
}
