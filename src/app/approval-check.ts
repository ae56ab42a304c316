import type { ApprovalKind } from '../core/events/parts.ts';
import { isExpired } from '../core/policies/expiry.ts';
import type { LoopState } from '../core/state.ts';
import { readIssueText } from '../steps/issue-text.ts';
import { describeState } from './describe-state.ts';
import { type CommandRequest, type Refusal, refuse } from './ruling.ts';
import type { Runtime } from './runtime.ts';
import { createReadContext } from './step-context.ts';

/** Shorter prefixes of a digest could be searched for by whoever influences the plan (research/security.md 7.2). */
const MIN_PREFIX = 16;

type Good = { accepted: true; kind: ApprovalKind; digest: string; option: string | undefined };

/**
 * Whether an approval holds at this moment: something waits for it, it names what waits, nothing it rests on has
 * changed since, and it is in time.
 */
export async function checkApproval(request: CommandRequest): Promise<Good | Refusal> {
  const { runtime, issue, state, argument } = request;
  const requested = state.requestedApproval;
  if (!requested || state.wait?.for !== 'approval')
    return refuse('wrong-moment', describeState(state, issue));
  const { kind, digest, expiresAt } = requested;
  const words = argument.split(/\s+/);
  const given = words.pop()?.toLowerCase() ?? '';
  const option = findOption(state, words.join(' '));

  if (!given) return refuse('unclear', `name what you approve: tamma approve --issue ${issue} ${digest}`);
  if (given.length < MIN_PREFIX)
    return refuse('unclear', `give at least ${MIN_PREFIX} characters of the digest ${digest}`);
  if (!digest.startsWith(given)) {
    return refuse(
      'wrong-digest',
      `${given.slice(0, 16)}… is not what waits for approval: that is the ${kind} ${digest}. Look at it again before you approve it`,
    );
  }
  if (isExpired(expiresAt, runtime.clock.now()))
    return refuse('expired', `the request expired at ${expiresAt}; \`tamma retry\` asks anew`);
  if (option === null) return refuse('unclear', `the plan has no option ${words.join(' ')}`);
  const obstacle = kind === 'merge' ? await findMoved(request, digest) : await findOutdated(request);
  return obstacle ?? { accepted: true, kind, digest, option };
}

/** The option that is named by its name, number or letter; undefined where none is named, null where there is no such. */
function findOption({ design }: LoopState, named: string): string | undefined | null {
  if (named === '') return undefined;
  const options = design?.plan.options.map(({ name }) => name) ?? [];
  const wanted = named.toLowerCase();
  const index = options.findIndex((name, at) =>
    [name.toLowerCase(), String(at + 1), 'abcd'[at]].includes(wanted),
  );
  return options[index] ?? null;
}

async function findMoved(
  { runtime, state, personId }: CommandRequest,
  digest: string,
): Promise<Refusal | undefined> {
  const head = state.branch ? await runtime.platform.branches.find(state.branch) : undefined;
  if (head !== digest) {
    const where = head?.slice(0, 12) ?? 'nowhere';
    return refuse(
      'head-moved',
      `the branch has moved to ${where} since the request: the approval would be for other code`,
    );
  }
  return (await isOwnPull(runtime, state.branch ?? '', personId))
    ? refuse('own-pull', 'the rules of this repository want the approval of somebody else than the author')
    : undefined;
}

async function findOutdated({ runtime, issue, state }: CommandRequest): Promise<Refusal | undefined> {
  const again = 'after the plan was made: `tamma revise` makes a new one';
  if (state.context?.configDigest !== runtime.configDigest)
    return refuse('outdated', `the configuration changed ${again}`);
  const text = await readIssueText(createReadContext(runtime, { issue, state }));
  return text.digest === state.context.issueDigest
    ? undefined
    : refuse('outdated', `the issue was edited ${again}`);
}

/** Where the base branch wants reviews, nobody approves a pull request of their own: not by another way either. */
async function isOwnPull({ platform }: Runtime, branch: string, personId: string): Promise<boolean> {
  const pull = await platform.pulls.find(branch);
  if (!platform.rules || pull?.author?.id !== personId) return false;
  return (await platform.rules.of(pull.base)).requiredApprovals > 0;
}
