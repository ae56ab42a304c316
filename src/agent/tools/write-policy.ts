import { isTestPath, judgeChanges } from '../../core/policies/paths.ts';

export type WriteAnswer = { status: 'allowed' } | { status: 'refused'; reason: string };

/** Whether a session may write or delete this path, and why not. Says nothing of links on the disk: the workspace does. */
export type WritePolicy = (path: string) => WriteAnswer;

export type WritePolicyOptions = {
  /** Before the code exists only tests are written. */
  onlyTests: boolean;
  /** Their content was fixed in an earlier phase. */
  frozen: readonly string[];
  /** Globs of the configuration, protected besides the built-in ones. */
  protectedPaths: readonly string[];
};

/**
 * What a phase may write. A path that needs a person's eyes may be written: the security gate and the approval see it.
 * This is the first fence only; the resulting tree is judged again by the same rules.
 */
export function createWritePolicy({ onlyTests, frozen, protectedPaths }: WritePolicyOptions): WritePolicy {
  const fixed = new Set(frozen);
  return (path) => {
    const change = { status: 'modified', path, oldMode: '100644', newMode: '100644' } as const;
    const [verdict] = judgeChanges([change], { add: protectedPaths });
    if (verdict?.decision === 'blocked') return refuse(`${verdict.rule}: ${path} ${verdict.reason}`);
    if (fixed.has(path))
      return refuse(`${path} is a frozen test: it stays as it is, change the code instead`);
    if (onlyTests && !isTestPath(path))
      return refuse(`${path} is no test file, and only tests can be written now`);
    return { status: 'allowed' };
  };
}

/** The answer of a session that has no policy: nothing may be written. */
export function checkWrite(path: string, { mayWrite }: { mayWrite?: WritePolicy }): WriteAnswer {
  return mayWrite ? mayWrite(path) : refuse('this task may not change files');
}

function refuse(reason: string): WriteAnswer {
  return { status: 'refused', reason: `refused: ${reason}` };
}
