import { TammaError } from '../core/errors.ts';
import {
  type ChosenRemote,
  chooseRemote,
  findRemote,
  type Remote,
  withCredentials,
} from './choose-remote.ts';
import type { Environment } from './compose.ts';
import { type AppCredentials, findAppCredentials } from './credentials/app-credentials.ts';

/** Where everything lives, and how it is spoken to. `remote` is for the log and the branches. */
export type ChosenPlatform =
  | { id: 'plain-git'; remote: ChosenRemote | null }
  | {
      id: 'github';
      remote: ChosenRemote;
      owner: string;
      repo: string;
      apiUrl: string;
      /** Of the repository, for people. */
      pageUrl: string;
      /** May be empty where there is an app. */
      token: string;
      /** Whose tokens take the place of `token`. */
      app?: AppCredentials;
    };

export type ChoosePlatformOptions = {
  remotes: readonly Remote[];
  /** `--remote NAME`, `--remote none`, or nothing said. */
  wantedRemote: string | undefined;
  /** `--platform`, `github` or `plain-git`; by default the remote's host tells. */
  wantedPlatform: string | undefined;
  environment: Environment;
};

/**
 * GitHub where the remote is on github.com or on the server this job runs on, plain git otherwise. Throws USAGE for a
 * GitHub without a token and for a platform there is not; KEY_MISSING is for models.
 */
export function choosePlatform(options: ChoosePlatformOptions): ChosenPlatform {
  const { remotes, wantedRemote, wantedPlatform, environment } = options;
  if (wantedPlatform !== undefined && !['auto', 'github', 'plain-git'].includes(wantedPlatform)) {
    throw new TammaError('USAGE', `there is no platform ${wantedPlatform} (platforms: github, plain-git)`);
  }
  const place = findGitHubPlace(options);
  if (!place) {
    if (wantedPlatform === 'github')
      throw new TammaError('USAGE', 'no remote of this repository is on GitHub');
    const isPlainGit = wantedPlatform === 'plain-git';
    const token = environment.TAMMA_GIT_TOKEN;
    return { id: 'plain-git', remote: chooseRemote({ remotes, wanted: wantedRemote, token, isPlainGit }) };
  }
  const token = environment.TAMMA_GIT_TOKEN || environment.GITHUB_TOKEN || environment.GH_TOKEN || '';
  const { owner, repo, apiUrl, url, pageUrl } = place;
  const app = findAppCredentials(environment);
  if (app) return { id: 'github', owner, repo, apiUrl, pageUrl, token, remote: { url }, app };
  if (!token) {
    throw new TammaError('USAGE', `${place.url} is on GitHub, and there is no token for it: ${SET_TOKEN}`, {
      help: 'Set it (or TAMMA_APP_ID and TAMMA_APP_PRIVATE_KEY of a GitHub App), or say --platform plain-git (issues in .tamma/issues) or --remote none (everything local).',
    });
  }
  return { id: 'github', owner, repo, apiUrl, pageUrl, token, remote: withCredentials(url, token) };
}

const SET_TOKEN = 'set GITHUB_TOKEN, such as by `export GITHUB_TOKEN=$(gh auth token)`';

export type GitHubPlace = { owner: string; repo: string; apiUrl: string; url: string; pageUrl: string };

/** Where the repository is on GitHub; undefined where it is not, or is to be used as plain git. Needs no token. */
export function findGitHubPlace(options: ChoosePlatformOptions): GitHubPlace | undefined {
  const place = options.wantedPlatform === 'plain-git' ? undefined : findPlace(options);
  return place && { ...place, pageUrl: place.url.replace(/\.git$/, '') };
}

function findPlace({ remotes, wantedRemote, environment }: ChoosePlatformOptions) {
  const remote = wantedRemote === 'none' ? undefined : findRemote(remotes, wantedRemote);
  const address = remote && parseAddress(remote.url);
  if (!address) return undefined;
  const { host, owner, repo } = address;
  const server = environment.GITHUB_SERVER_URL ? new URL(environment.GITHUB_SERVER_URL) : undefined;
  // A job's own server may be an Enterprise Server of any name, and of any port.
  if (server?.host === host) {
    const apiUrl = environment.GITHUB_API_URL || toApiUrl(server.origin);
    return { owner, repo, apiUrl, url: `${server.origin}/${owner}/${repo}.git` };
  }
  if (host !== 'github.com' && !host.endsWith('.ghe.com')) return undefined;
  return { owner, repo, apiUrl: toApiUrl(`https://${host}`), url: `https://${host}/${owner}/${repo}.git` };
}

/** docs.github.com: github.com, data residency (`*.ghe.com`) and Enterprise Server each have their own form. */
function toApiUrl(server: string): string {
  const { host, origin } = new URL(server);
  if (host === 'github.com' || host.endsWith('.ghe.com')) return `https://api.${host}`;
  return `${origin}/api/v3`;
}

/** `https://host/owner/repo(.git)`, `ssh://git@host/owner/repo`, `git@host:owner/repo`. */
function parseAddress(url: string): { host: string; owner: string; repo: string } | undefined {
  const scp = /^[^/@:]+@([^:/]+):(?!\/)(.+)$/.exec(url);
  const parsed = !scp && URL.canParse(url) ? new URL(url) : undefined;
  const host = scp?.[1] ?? (parsed?.protocol === 'ssh:' ? parsed.hostname : parsed?.host);
  const path = (scp?.[2] ?? parsed?.pathname ?? '').replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  const [owner, repo, ...rest] = path.split('/');
  const isName = (name: string | undefined) => name !== undefined && /^[\w.-]{1,100}$/.test(name);
  if (!host || !owner || !repo || rest.length > 0 || !isName(owner) || !isName(repo)) return undefined;
  return { host: host.toLowerCase().replace(/^(?:www|ssh)\.(?=github\.com$)/, ''), owner, repo };
}
