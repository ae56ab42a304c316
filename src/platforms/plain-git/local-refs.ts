import { TammaError } from '../../core/errors.ts';
import { checkSha, git, gitText } from '../../lib/git.ts';
import { hasCommit } from '../../lib/git-objects.ts';
import type { Refs, Swap, SwapResult } from '../git/refs.ts';
import { type Checkout, findCheckout } from './checkout.ts';
import { moveWithCheckout } from './checkout-sync.ts';
import { findLocalRef, swapLocalRef } from './ref-transaction.ts';

export type LocalRefsOptions = {
  /** Common to all work trees of the repository. */
  gitDirectory: string;
  checkout: Checkout | null;
  defaultBranch?: string | undefined;
};

/** The refs of a repository that has no remote. Checkouts that stand on a moved branch follow it. */
export function createLocalRefs({ gitDirectory, checkout, defaultBranch }: LocalRefsOptions): Refs {
  let known: string | undefined;

  /** The name is looked for once: what somebody checks out meanwhile changes nothing. */
  async function findDefault(): Promise<{ name: string; head: string }> {
    const candidates = defaultBranch ?? known;
    for (const name of candidates ? [candidates] : await listCandidates(gitDirectory)) {
      const head = await findLocalRef(gitDirectory, `refs/heads/${name}`);
      if (!head) continue;
      known = name;
      return { name, head };
    }
    const place = candidates ?? 'its default branch';
    throw new TammaError('REPOSITORY_EMPTY', `${gitDirectory} has no commit on ${place}`);
  }

  return {
    place: checkout?.directory ?? gitDirectory,
    isRemote: false,
    findDefault,
    find: (ref) => findLocalRef(gitDirectory, ref),
    async swap(swap) {
      const standing = await findCheckout(gitDirectory, checkout, swap.ref);
      if (!standing) return swapLocalRef(gitDirectory, swap);
      if (swap.to === null || swap.from === null) return leaveBranch(gitDirectory, standing, swap);
      return moveWithCheckout(gitDirectory, standing, { ...swap, from: swap.from, to: swap.to });
    },
    deepen: () => Promise.resolve(false),
    bring: (sha) => hasCommit(gitDirectory, sha),
  };
}

/** Somebody looks at a branch that goes: their checkout keeps its commit and its files, on no branch. */
async function leaveBranch(gitDirectory: string, standing: Checkout, swap: Swap): Promise<SwapResult> {
  if (swap.from !== null && (await findLocalRef(gitDirectory, swap.ref)) === swap.from) {
    const at = { gitDirectory: standing.gitDirectory };
    await git(
      ['update-ref', '--no-deref', '-m', 'tamma: the branch is gone', 'HEAD', checkSha(swap.from)],
      at,
    );
  }
  return swapLocalRef(gitDirectory, swap);
}

/** What is checked out may be any branch, so a checkout's HEAD comes last; a bare repository's HEAD names its default. */
async function listCandidates(gitDirectory: string): Promise<string[]> {
  const options = { gitDirectory, allowExitCodes: [0, 1] };
  const head = await gitText(['symbolic-ref', '--quiet', '--short', 'HEAD'], options);
  const bare = await gitText(['rev-parse', '--is-bare-repository'], { gitDirectory });
  const candidates = bare === 'true' ? [head, 'main', 'master'] : ['main', 'master', head];
  return candidates.filter((name) => name !== '');
}
