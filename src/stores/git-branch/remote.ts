import type { Header } from '../../lib/git-header.ts';

export type Remote = {
  /** http, https, ssh or the path of a repository. */
  url: string;
  /** Value of the `Authorization` header, for http and https. */
  authorization?: Header;
  /** For ssh and proxies: `SSH_AUTH_SOCK`, `GIT_SSH_COMMAND`, `https_proxy`. */
  environment?: Readonly<Record<string, string>>;
};

/** Where batches wait on a remote for whoever wins the next race. */
export const INBOX = 'refs/tamma/inbox/';
