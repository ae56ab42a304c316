import { type ChoosePlatformOptions, findGitHubPlace } from './choose-platform.ts';
import { findRemote, isForge, withCredentials } from './choose-remote.ts';

/**
 * Why a remote is used as plain git, for whoever expected GitHub; undefined where it is not, somebody asked for it, or
 * there is no server: a folder is nothing else.
 */
export function explainPlainGit(options: ChoosePlatformOptions): string | undefined {
  const { remotes, wantedRemote, wantedPlatform } = options;
  if (wantedPlatform === 'plain-git' || wantedRemote === 'none' || findGitHubPlace(options)) return undefined;
  const remote = findRemote(remotes, wantedRemote);
  const host = remote && findHost(remote.url);
  if (!host) return undefined;
  const name = `${remote.name} is ${withCredentials(remote.url, undefined).url}`;
  if (isForge(remote.url))
    return `${name}, which this version knows as plain git only: run it with --platform plain-git`;
  return `${name}, and ${host} is not known as GitHub: if it is an alias of ssh, give the remote its real address (git remote set-url ${remote.name} git@github.com:OWNER/REPO.git); for a GitHub of your own set GITHUB_SERVER_URL`;
}

/** Of a URL or of `user@host:path`, where the user may be left out; undefined for a path. */
function findHost(url: string): string | undefined {
  const scp = /^(?:[^/@:]+@)?([^/:@]+):(?!\/\/)/.exec(url);
  if (scp) return scp[1];
  return URL.canParse(url) ? new URL(url).host || undefined : undefined;
}
