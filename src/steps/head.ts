import { TammaError } from '../core/errors.ts';
import type { Report } from '../core/events/parts.ts';
import type { StepContext } from '../ports/step.ts';

/** The head under judgement, or a throw: steps after CODE_GENERATION have one by the order of the loop. */
export function getHead({ state }: StepContext): { sha: string; tree: string } {
  if (state.head) return state.head;
  throw new TammaError('REALITY_DISAGREES', 'the log has no commit for this issue');
}

/**
 * The head, after the platform was asked where the branch really is: where record and reality disagree the run stops.
 * Throws REALITY_DISAGREES.
 */
export async function confirmHead(context: StepContext): Promise<{ sha: string; branch: string }> {
  const head = getHead(context);
  const branch = context.state.branch;
  if (!branch) throw new TammaError('REALITY_DISAGREES', 'the log has no branch for this issue');
  const actual = await context.platform.branches.find(branch);
  if (actual !== head.sha) {
    throw new TammaError(
      'REALITY_DISAGREES',
      `the log says ${branch} is at ${head.sha.slice(0, 12)}, the repository says ${actual?.slice(0, 12) ?? 'it does not exist'}`,
      {
        help: 'If the new commits are yours, `tamma resume` takes them in and judges them; otherwise restore the branch.',
      },
    );
  }
  return { sha: head.sha, branch };
}

/** A gate's failure without findings of a tool: one line is all there is to say. */
export function toReport(summary: string, messages: readonly string[]): Report {
  return {
    summary: summary.slice(0, 500),
    findings: messages
      .slice(0, 50)
      .map((message) => ({ severity: 'major' as const, message: message.slice(0, 2000) })),
  };
}
