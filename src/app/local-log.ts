import { git } from '../lib/git.ts';
import { readObjects } from '../lib/git-objects.ts';
import type { EventStore } from '../ports/event-store.ts';
import type { Clock } from '../ports/host.ts';
import { createGitBranchStore } from '../stores/git-branch/git-branch-store.ts';
import { locateRepository } from '../workspace/locate-repository.ts';
import { CONFIG_PATHS } from './config-paths.ts';

export type LocalLogOptions = {
  directory: string;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** `--remote`. */
  remote?: string | undefined;
};

/** What says where the log lives, or how it is to be read: then the configuration has to be read first. */
const DECIDING = ['DATABASE_URL', 'TAMMA_ARCHIVE_DIR', 'TAMMA_CONFIG_PATH', 'TAMMA_PLATFORM'];

/**
 * The log of a repository without a remote, for reading: neither configuration nor platform is opened, which is most of
 * what a short command costs. Undefined where more must be known to tell where the log is, and where there is none.
 */
export async function openLocalLog(options: LocalLogOptions): Promise<EventStore | undefined> {
  const { directory, environment, clock, remote = environment.TAMMA_REMOTE } = options;
  if (DECIDING.some((name) => environment[name])) return undefined;
  const gitDirectory = await locateRepository(directory);
  const [isElsewhere, isRemote] = await Promise.all([
    mayBeInDatabase(gitDirectory),
    remote === 'none' ? false : remote !== undefined || hasRemotes(gitDirectory),
  ]);
  if (isElsewhere || isRemote) return undefined;
  const store = createGitBranchStore({ gitDirectory, clock });
  if ((await store.head()).position > 0) return store;
  await store.close();
  return undefined;
}

/** A branch that was left behind when the log moved is not the log. Read as text: only that it says nothing of the kind counts. */
async function mayBeInDatabase(gitDirectory: string): Promise<boolean> {
  const found = await readObjects(
    gitDirectory,
    CONFIG_PATHS.map((path) => `HEAD:${path}`),
  );
  return [...found.values()].some((content) => content.includes('postgres'));
}

async function hasRemotes(gitDirectory: string): Promise<boolean> {
  const { stdout } = await git(['remote'], { gitDirectory, cwd: gitDirectory });
  return stdout.length > 0;
}
