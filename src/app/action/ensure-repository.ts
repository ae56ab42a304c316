import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FETCH_DEPTH, GitError, gitText } from '../../lib/git.ts';

export type RepositoryPlace = {
  /** The job's workspace. */
  directory: string;
  environment: Readonly<Record<string, string | undefined>>;
};

/** Enough for what steps show of the past; what lies deeper is fetched where it is needed. */
const DEPTH = 50;

/**
 * The repository to work in: the checkout in the workspace, or where the job has made none a bare one of our own below
 * `RUNNER_TEMP`, whose `origin` is the job's repository. Nothing is checked out there and no credentials are kept. May
 * be repeated.
 */
export async function ensureRepository({ directory, environment }: RepositoryPlace): Promise<string> {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, RUNNER_TEMP: temporary } = environment;
  if (!server || !name || !temporary || (await isRepository(directory))) return directory;
  if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(name)) return directory;
  const own = join(temporary, 'tamma', 'repository.git');
  if (await isRepository(own)) return own;
  await mkdir(dirname(own), { recursive: true, mode: 0o700 });
  await gitText(['init', '--quiet', '--bare', '--end-of-options', own]);
  const url = `${new URL(server).origin}/${name}`;
  await gitText(['config', 'remote.origin.url', url], { gitDirectory: own });
  await gitText(['config', FETCH_DEPTH, String(DEPTH)], { gitDirectory: own });
  return own;
}

/** Folders above do not count: a runner may live in somebody's repository. */
async function isRepository(directory: string): Promise<boolean> {
  const env = { GIT_CEILING_DIRECTORIES: dirname(directory) };
  try {
    await gitText(['rev-parse', '--git-dir'], { cwd: directory, env });
    return true;
  } catch (error) {
    if (error instanceof GitError || (error as { code?: unknown }).code === 'ENOENT') return false;
    throw error;
  }
}
