import { TammaError } from '../core/errors.ts';
import type { Header } from '../lib/git-header.ts';

export type Remote = { name: string; url: string };
/** `authorization` is the value of the header, for http(s). */
export type ChosenRemote = { url: string; authorization?: Header };

/** Forges with an API of their own: pushing issue files to them as if they were plain git is not what people want. */
const FORGES = ['gitlab.com', 'bitbucket.org', 'dev.azure.com', 'codeberg.org'];

type ChooseRemoteOptions = {
  remotes: readonly Remote[];
  /** `--remote NAME`, `--remote none`, or nothing said. */
  wanted: string | undefined;
  /** For http(s) remotes: `TAMMA_GIT_TOKEN`. */
  token: string | undefined;
  /** Somebody said that it is to be used as plain git, forge or not; naming the remote says so too. */
  isPlainGit?: boolean;
};

/**
 * Where log, branches and issues live: the named remote, `origin`, or the local repository (null). Throws USAGE where
 * the name is unknown, and for a forge nobody asked to be used as plain git. Credentials are taken out of the URL and
 * travel as a header.
 */
export function chooseRemote({
  remotes,
  wanted,
  token,
  isPlainGit = false,
}: ChooseRemoteOptions): ChosenRemote | null {
  const remote = wanted === 'none' ? undefined : findRemote(remotes, wanted);
  if (!remote) return null;
  if (!isPlainGit && wanted === undefined && isForge(remote.url)) {
    throw new TammaError(
      'USAGE',
      `origin is ${describeHost(remote.url)}, which this version knows as plain git only`,
      {
        help: 'Say --platform plain-git to use it as plain git (issues in .tamma/issues, log pushed there), or --remote none to keep everything local.',
      },
    );
  }
  return withCredentials(remote.url, token);
}

/** The named remote, or `origin` where there is one. Throws USAGE for a name there is not. */
export function findRemote(remotes: readonly Remote[], wanted: string | undefined): Remote | undefined {
  const remote = remotes.find((candidate) => candidate.name === (wanted ?? 'origin'));
  if (remote || wanted === undefined) return remote;
  const names = remotes.map((candidate) => candidate.name).join(', ') || 'none';
  throw new TammaError('USAGE', `there is no remote ${wanted} (remotes: ${names})`);
}

export function withCredentials(url: string, token: string | undefined): ChosenRemote {
  if (!/^https?:\/\//.test(url)) return { url };
  const parsed = new URL(url);
  const password = token ?? decodeURIComponent(parsed.password || parsed.username);
  parsed.username = '';
  parsed.password = '';
  const clean = parsed.toString();
  if (!password) return { url: clean };
  return {
    url: clean,
    authorization: `Basic ${Buffer.from(`x-access-token:${password}`).toString('base64')}`,
  };
}

export function isForge(url: string): boolean {
  const host = describeHost(url);
  return FORGES.some((forge) => host === forge || host.endsWith(`.${forge}`));
}

/** The host of a URL or of `user@host:path`; the text itself for a path. */
function describeHost(url: string): string {
  const scp = /^[^/@]+@([^:/]+):/.exec(url);
  if (scp?.[1]) return scp[1].toLowerCase();
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : url;
}
