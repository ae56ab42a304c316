import { gitText } from '../../lib/git.ts';
import type { Clock } from '../../ports/host.ts';
import type { Platform } from '../../ports/platform.ts';
import type { Refs } from '../git/refs.ts';
import { type RemoteOptions, resolveRemote } from '../git/remote.ts';
import { createRemoteRefs } from '../git/remote-refs.ts';
import { toTranslated, translate, translateAll } from '../git/translate.ts';
import { type Checkout, getCheckout } from './checkout.ts';
import { settleCheckout } from './checkout-sync.ts';
import { checkIdentity } from './identity.ts';
import { createLocalRefs } from './local-refs.ts';
import type { Identity, PlainGit } from './trunk.ts';

export type PlainGitOptions = {
  /** A bare repository, or the `.git` of a checkout or of one of its work trees. */
  gitDirectory: string;
  /** The user's work tree; it follows branches that move under it. */
  checkout: { directory: string } | null;
  /** Null: this repository is the place itself. */
  remote: RemoteOptions | null;
  /** Null is found out when something is to be written. */
  identity: Identity | null;
  clock: Clock;
  /** Found out where absent: the remote's HEAD, `main`, `master`, what is checked out. */
  defaultBranch?: string;
};

/**
 * A platform made of git alone: issues and pull requests are files of the default branch. Finishes what a killed run
 * left half done in the checkout. Throws NOT_A_REPOSITORY, GIT_MISSING, CHECKOUT_DIRTY.
 */
export async function createPlainGitPlatform(options: PlainGitOptions): Promise<Platform> {
  const gitDirectory = await getCommonDirectory(options.gitDirectory);
  const checkout = options.checkout ? await getCheckout(options.checkout.directory) : null;
  const refs = await createRefs(options, gitDirectory, checkout);
  if (!refs.isRemote) await translate(() => settleCheckout(gitDirectory));
  const plain: PlainGit = {
    gitDirectory,
    refs,
    clock: options.clock,
    identity: () => checkIdentity(options.identity),
  };
  // The YAML library is loaded with the ports, not with the module.
  const [{ createIssuePort }, { createPullPort }, { createBranchPort }, { createActorPort }] =
    await Promise.all([
      import('./issues.ts'),
      import('./pulls.ts'),
      import('../git/branches.ts'),
      import('./actors.ts'),
    ]);
  return {
    id: 'plain-git',
    repository: refs.place,
    capabilities: {
      issueWrites: 'commit',
      reactions: false,
      draftPulls: true,
      reviewers: false,
      checks: false,
      deployments: false,
      mergeMethods: ['squash', 'merge', 'rebase'],
      expectedHead: refs.isRemote ? 'checked' : 'atomic',
    },
    issues: translateAll(createIssuePort(plain)),
    pulls: translateAll(createPullPort(plain)),
    branches: translateAll(createBranchPort(plain)),
    actors: createActorPort(plain),
  };
}

async function createRefs(
  options: PlainGitOptions,
  gitDirectory: string,
  checkout: Checkout | null,
): Promise<Refs> {
  const { defaultBranch } = options;
  if (!options.remote) return createLocalRefs({ gitDirectory, checkout, defaultBranch });
  const remote = await resolveRemote(gitDirectory, checkout?.directory ?? gitDirectory, options.remote);
  return createRemoteRefs({ gitDirectory, remote, defaultBranch });
}

async function getCommonDirectory(gitDirectory: string): Promise<string> {
  try {
    return await gitText(['rev-parse', '--path-format=absolute', '--git-common-dir'], { gitDirectory });
  } catch (cause) {
    throw toTranslated(cause, 'NOT_A_REPOSITORY', `${gitDirectory} is not a git repository`);
  }
}
