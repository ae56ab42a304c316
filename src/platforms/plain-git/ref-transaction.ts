import { checkRef, checkSha, git, gitText, isLocked } from '../../lib/git.ts';
import { waitWithJitter } from '../../lib/jitter.ts';
import type { Swap, SwapResult } from '../git/refs.ts';

export async function findLocalRef(gitDirectory: string, ref: string): Promise<string | undefined> {
  const sha = await gitText(['rev-parse', '--verify', '--quiet', checkRef(ref)], {
    gitDirectory,
    allowExitCodes: [0, 1],
  });
  return sha === '' ? undefined : sha;
}

/** Several at once, in the order of their names; those that do not exist are left out. */
export async function readLocalRefs(
  gitDirectory: string,
  refs: readonly string[],
): Promise<Map<string, string>> {
  const args = ['for-each-ref', '--format=%(refname) %(objectname)', ...refs.map(checkRef)];
  const lines = (await gitText(args, { gitDirectory })).split('\n');
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']));
}

/** Without any checkout in mind. Somebody else's lock on the ref is waited for. */
export async function swapLocalRef(gitDirectory: string, swap: Swap): Promise<SwapResult> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await transact(gitDirectory, [swap]);
      return { status: 'done' };
    } catch (error) {
      const head = (await findLocalRef(gitDirectory, swap.ref)) ?? null;
      if (head === swap.to && head !== swap.from) return { status: 'done' };
      if (head !== swap.from || (await hasLeft(gitDirectory, swap.verify))) return { status: 'moved', head };
      if (!isLocked(error) || attempt >= 10) throw error;
      await waitWithJitter(attempt);
    }
  }
}

/** All of these moves or none of them, as far as git's ref store can promise it (git-update-ref(1), "--stdin"). */
export async function transact(gitDirectory: string, swaps: readonly Swap[]): Promise<void> {
  const lines = ['start', ...swaps.flatMap(toCommands), 'prepare', 'commit', ''];
  await git(['update-ref', '--stdin', '-m', 'tamma'], { gitDirectory, input: lines.join('\n') });
}

function toCommands({ ref, from, to, verify }: Swap): string[] {
  const name = checkRef(ref);
  const also = verify ? [`verify ${checkRef(verify.ref)} ${checkSha(verify.at)}`] : [];
  if (to === null) return [...also, `delete ${name} ${checkSha(from ?? '')}`];
  return [
    ...also,
    from === null ? `create ${name} ${checkSha(to)}` : `update ${name} ${checkSha(to)} ${checkSha(from)}`,
  ];
}

async function hasLeft(gitDirectory: string, verify: Swap['verify']): Promise<boolean> {
  return verify !== undefined && (await findLocalRef(gitDirectory, verify.ref)) !== verify.at;
}
