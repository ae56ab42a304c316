import { gitText } from '../../lib/git.ts';

export type GitTokenRequest = {
  directory: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** Name of the remote that will be spoken to, or `none`. */
  remote: string;
  token: string;
};

/** The job's token where the remote is on the server that gave it, and nowhere else; undefined otherwise. */
export async function findGitToken({
  directory,
  environment,
  remote,
  token,
}: GitTokenRequest): Promise<string | undefined> {
  const server = environment.GITHUB_SERVER_URL;
  if (!token || !server || !/^[\w.-]{1,100}$/.test(remote) || remote === 'none') return undefined;
  const url = await gitText(['config', '--get', `remote.${remote}.url`], {
    cwd: directory,
    allowExitCodes: [1],
  });
  return URL.canParse(url) && new URL(url).origin === new URL(server).origin ? token : undefined;
}
