import { existsSync } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gitText } from '../../lib/git.ts';

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
  if (!server || !name || !temporary || isRepository(directory)) return directory;
  if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(name)) return directory;
  const own = join(temporary, 'tamma', 'repository.git');
  if (isRepository(own)) return own;
  await mkdir(dirname(own), { recursive: true, mode: 0o700 });
  await gitText(['init', '--quiet', '--bare', '--template=', '--end-of-options', own]);
  // Both names are of our own narrow grammar: nothing in them needs quoting in a configuration file.
  const url = `${new URL(server).origin}/${name}`;
  await appendFile(
    join(own, 'config'),
    `[remote "origin"]\n\turl = ${url}\n[tamma]\n\tfetchdepth = ${DEPTH}\n`,
  );
  return own;
}

/**
 * As git looks for it (gitrepository-layout(5)), but here only: folders above do not count, since a runner may live in
 * somebody's repository.
 */
function isRepository(directory: string): boolean {
  const isBare = ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(directory, name)));
  return isBare || existsSync(join(directory, '.git'));
}
