import type { Secret } from '../core/text/redact.ts';
import type { Header } from '../lib/git-header.ts';
import type { ChosenRemote } from './choose-remote.ts';
import type { Environment } from './compose.ts';

/** The header goes to this remote only. */
export function toHeader({ url, authorization }: ChosenRemote): { url: string; header: Header } | undefined {
  return authorization ? { url, header: authorization } : undefined;
}

/** What opens the remote, as it travels and as it was given. */
export function remoteSecrets(remote: ChosenRemote | null): Secret[] {
  // One that is made during the run is kept when it is made.
  if (typeof remote?.authorization !== 'string') return [];
  const header = remote.authorization.split(' ')[1] ?? '';
  const token = Buffer.from(header, 'base64').toString().split(':').slice(1).join(':');
  return [header, token]
    .filter((value) => value.length >= 8)
    .map((value) => ({ name: 'TAMMA_GIT_TOKEN', value }));
}

/** What ssh and a proxy need of our environment; nothing else of it reaches git. */
export function toSshEnvironment(environment: Environment): Record<string, string> {
  const names = [
    'HOME',
    'SSH_AUTH_SOCK',
    'GIT_SSH_COMMAND',
    'https_proxy',
    'HTTPS_PROXY',
    'http_proxy',
    'all_proxy',
    'ALL_PROXY',
    'no_proxy',
    'NO_PROXY',
    'GIT_SSL_CAINFO',
  ];
  return Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
}
