import type { SimpleGit } from 'simple-git';
import { findPrograms } from '../lib/git-objects.ts';
import { locateRepository } from './locate-repository.ts';

/** What the user's own checkout looks like. Nothing in it is ever changed. */
export type CheckoutInspection = {
  /** Top of the work tree, or the bare repository. */
  directory: string;
  bare: boolean;
  /** Undefined where HEAD is detached. */
  branch: string | undefined;
  /** As git itself finds it: repository, user, system. */
  identity: { name: string; email: string } | undefined;
  remotes: readonly { name: string; url: string }[];
  /** Asked for on its own: in a large work tree it takes its time. */
  listChanges(): Promise<CheckoutChanges>;
};

export type CheckoutChanges = {
  /** Tracked files with changes that are not committed, staged or not. */
  dirty: readonly string[];
  untracked: readonly string[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Where git finds the user's own settings (git-config(1), "FILES"). */
const KEPT = [
  'PATH',
  'HOME',
  'XDG_CONFIG_HOME',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
] as const;

/**
 * Looks at the checkout that `directory` is in. The one place that reads the user's real git configuration, for the
 * identity; programs of the repository's own configuration are not run. `known`: its git directory, where it was located
 * before. Throws NOT_A_REPOSITORY, GIT_MISSING.
 */
export async function inspectCheckout(
  directory: string,
  environment: Environment = process.env,
  known?: string,
): Promise<CheckoutInspection> {
  const gitDirectory = known ?? (await locateRepository(directory));
  const git = await openReader(directory, environment, await findPrograms(gitDirectory));
  const ask = async (...args: string[]) => (await git.raw(['rev-parse', ...args])).trim();
  const bare = (await ask('--is-bare-repository')) === 'true';
  const [top, branch, identity, remotes] = await Promise.all([
    bare ? gitDirectory : ask('--show-toplevel'),
    findBranch(git),
    findIdentity(git),
    listRemotes(git),
  ]);
  return { directory: top, bare, branch, identity, remotes, listChanges: () => listChanges(git, bare) };
}

async function listChanges(git: SimpleGit, bare: boolean): Promise<CheckoutChanges> {
  if (bare) return { dirty: [], untracked: [] };
  const { files } = await git.status();
  const isUntracked = (file: { index: string }) => file.index === '?';
  return {
    dirty: files.filter((file) => !isUntracked(file)).map((file) => file.path),
    untracked: files.filter(isUntracked).map((file) => file.path),
  };
}

/** simple-git guards the environment: what begins with `GIT_` is taken away unless it is named. */
async function openReader(
  directory: string,
  environment: Environment,
  programsOff: Record<string, string>,
): Promise<SimpleGit> {
  const { simpleGit } = await import('simple-git');
  const settings = {
    'core.hooksPath': '/dev/null',
    'core.fsmonitor': 'false',
    'safe.directory': '*',
    ...programsOff,
  };
  const variables: Record<string, string> = {
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(Object.keys(settings).length),
  };
  for (const [index, [key, value]] of Object.entries(settings).entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  for (const name of KEPT) {
    const value = environment[name];
    if (value !== undefined) variables[name] = value;
  }
  const unsafe = {
    allowUnsafeConfigEnvCount: true,
    allowUnsafeConfigPaths: true,
    allowUnsafeHooksPath: true,
    allowUnsafeFsMonitor: true,
    allowUnsafeFilter: true,
    allowUnsafeMergeDriver: true,
  };
  return simpleGit({ baseDir: directory, allowEnvironment: Object.keys(variables), unsafe }).env(variables);
}

async function findBranch(git: SimpleGit): Promise<string | undefined> {
  try {
    return (await git.raw(['symbolic-ref', '--short', '--quiet', 'HEAD'])).trim() || undefined;
  } catch {
    return undefined;
  }
}

async function findIdentity(git: SimpleGit): Promise<CheckoutInspection['identity']> {
  const [name, email] = await Promise.all([git.getConfig('user.name'), git.getConfig('user.email')]);
  return name.value && email.value ? { name: name.value, email: email.value } : undefined;
}

async function listRemotes(git: SimpleGit): Promise<CheckoutInspection['remotes']> {
  const remotes = await git.getRemotes(true);
  return remotes.map(({ name, refs }) => ({ name, url: refs.fetch }));
}
