import { isAbsolute, resolve } from 'node:path';
import { type GitOptions, gitText } from '../../lib/git.ts';
import type { Header } from '../../lib/git-header.ts';

export type RemoteOptions = {
  /** A URL, a path, or the name of a remote of the repository. */
  url: string;
  /** The `Authorization` header for http(s), and the beginning of the URLs it goes to. */
  authorization?: { url: string; header: Header } | undefined;
  /** More variables for ssh: SSH_AUTH_SOCK, HOME, GIT_SSH_COMMAND. */
  environment?: Readonly<Record<string, string>> | undefined;
};

/** `url` never holds credentials. `options` go with each network command. */
export type Remote = { url: string; options: GitOptions };

/** Settings that may change what a push or a fetch does, or start a program. */
const QUIET = {
  'credential.helper': '',
  // The header would be sent on to wherever a redirect leads.
  'http.followRedirects': 'false',
  'push.followTags': 'false',
  'push.gpgSign': 'false',
  'push.recurseSubmodules': 'no',
} as const;

export async function resolveRemote(
  gitDirectory: string,
  directory: string,
  { url, authorization, environment }: RemoteOptions,
): Promise<Remote> {
  const { address, header } = splitCredentials(await findAddress(gitDirectory, directory, url));
  const given = authorization ?? (header ? { url: `${new URL(address).origin}/`, header } : undefined);
  return {
    url: address,
    options: {
      gitDirectory,
      config: QUIET,
      timeoutMs: 120_000,
      ...(environment ? { env: environment } : {}),
      ...(given ? { authorization: given } : {}),
    },
  };
}

async function findAddress(gitDirectory: string, directory: string, url: string): Promise<string> {
  const configured = /^[A-Za-z0-9][\w.-]*$/.test(url)
    ? await gitText(['config', '--get', `remote.${url}.url`], { gitDirectory, allowExitCodes: [0, 1] })
    : '';
  const address = configured || url;
  const isPath = !/^[a-z][a-z0-9+.-]*:\/\//i.test(address) && !/^[^/]+:/.test(address);
  return isPath && !isAbsolute(address) ? resolve(directory, address) : address;
}

/** A user name and password in a URL would stand in argv and in messages: they become a header. */
function splitCredentials(address: string): { address: string; header?: string } {
  if (!/^https?:/.test(address)) return { address };
  const url = new URL(address);
  if (url.username === '' && url.password === '') return { address };
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { address: url.href, header: `Basic ${Buffer.from(pair).toString('base64')}` };
}
