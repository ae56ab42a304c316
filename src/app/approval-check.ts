import type { ApprovalKind } from '../core/events/parts.ts';
import { readIssueText } from '../steps/issue-text.ts';
import { describeState } from './describe-state.ts';
import type { CommandRequest } from './ruling.ts';
import { createReadContext } from './step-context.ts';

/** Shorter prefixes of a digest could be searched for by whoever influences the plan (research/security.md 7.2). */
const MIN_PREFIX = 16;

type Check = { ok: true; kind: ApprovalKind; digest: string } | { ok: false; reason: string };

/**
 * Whether an approval holds at this moment: something waits for it, it names what waits, nothing it rests on has
 * changed since, and it is in time.
 */
export async function checkApproval({ runtime, issue, state, argument }: CommandRequest): Promise<Check> {
  const requested = state.requestedApproval;
  if (!requested || state.wait?.for !== 'approval') return deny(describeState(state, issue));
  const { kind, digest, expiresAt } = requested;
  const given = argument.split(/\s+/).at(-1)?.toLowerCase() ?? '';

  if (!given) return deny(`name what you approve: tamma approve --issue ${issue} ${digest}`);
  if (given.length < MIN_PREFIX)
    return deny(`give at least ${MIN_PREFIX} characters of the digest ${digest}`);
  if (!digest.startsWith(given)) {
    return deny(
      `${given.slice(0, 16)}… is not what waits for approval: that is the ${kind} ${digest}. Look at it again before you approve it`,
    );
  }
  if (runtime.clock.now().toISOString() > expiresAt)
    return deny(`the request expired at ${expiresAt}; \`tamma retry\` asks anew`);
  if (kind === 'merge') {
    const head = state.branch ? await runtime.platform.branches.find(state.branch) : undefined;
    if (head !== digest)
      return deny(
        `the branch has moved to ${head?.slice(0, 12) ?? 'nowhere'} since the request: the approval would be for other code`,
      );
    return { ok: true, kind, digest };
  }
  if (state.context?.configDigest !== runtime.configDigest)
    return deny('the configuration changed after the plan was made: `tamma revise` makes a new one');
  const text = await readIssueText(createReadContext(runtime, { issue, state }));
  if (text.digest !== state.context.issueDigest)
    return deny('the issue was edited after the plan was made: `tamma revise` makes a new one');
  return { ok: true, kind, digest };
}

function deny(reason: string): Check {
  return { ok: false, reason };
}
