import { TammaError } from '../../core/errors.ts';
import { hasCommit } from '../../lib/git-objects.ts';
import type { BranchPort } from '../../ports/platform/branches.ts';
import { branchPattern, type Refs } from './refs.ts';

/** Only branches of our own are written or removed; any may be looked at. */
export function createBranchPort({ refs, gitDirectory }: { refs: Refs; gitDirectory: string }): BranchPort {
  return {
    getDefault: () => refs.findDefault(),
    find: (name) => (name === '' ? Promise.resolve(undefined) : refs.find(`refs/heads/${name}`)),
    bring: (sha) => refs.bring(sha),
    async write({ name, head, expected }) {
      const ref = toRef(name);
      const now = (await refs.find(ref)) ?? null;
      if (now === head) return { status: 'written', already: true };
      if (now !== expected) return { status: 'moved', head: now };
      if (!(await hasCommit(gitDirectory, head))) {
        throw new TammaError(
          'REALITY_DISAGREES',
          `the commit ${head.slice(0, 12)} is not in ${gitDirectory}`,
        );
      }
      const swapped = await refs.swap({ ref, from: expected, to: head });
      return swapped.status === 'done' ? { status: 'written', already: false } : swapped;
    },
    async remove(name, expected) {
      const ref = toRef(name);
      const now = (await refs.find(ref)) ?? null;
      if (now === null) return { status: 'written', already: true };
      if (now !== expected) return { status: 'moved', head: now };
      const swapped = await refs.swap({ ref, from: expected, to: null });
      return swapped.status === 'done' || swapped.head === null
        ? { status: 'written', already: false }
        : swapped;
    },
  };
}

function toRef(name: string): string {
  if (branchPattern.test(name)) return `refs/heads/${name}`;
  throw new TammaError(
    'POLICY_VIOLATION',
    `Tamma writes to branches named tamma/<number>-<slug> only, not to ${JSON.stringify(name.slice(0, 80))}`,
  );
}
