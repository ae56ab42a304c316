import { TammaError } from '../../core/errors.ts';
import type { Pull, PullDraft, PullPort } from '../../ports/platform/pulls.ts';
import { findIssueOfBranch } from '../git/refs.ts';
import { changePull } from './issue-change.ts';
import { issuePath } from './issue-file.ts';
import { toWriter } from './issues.ts';
import { mergePull } from './merge.ts';
import { changeTrunk, commitIssueText, findIssueFile, getIssueFile, type PlainGit } from './trunk.ts';

/** A pull request is a document in its issue's file, with the issue's number. Its head is where the branch is. */
export function createPullPort(plain: PlainGit): PullPort {
  return {
    find: (branch) => findPull(plain, branch),
    ensure: (draft) => ensurePull(plain, draft),
    merge: (request) => mergePull(plain, request),
  };
}

async function findPull(plain: PlainGit, branch: string): Promise<Pull | undefined> {
  const number = findIssueOfBranch(branch);
  if (number === undefined) return undefined;
  const { head } = await plain.refs.findDefault();
  const pull = (await findIssueFile(plain, head, number))?.pull;
  if (pull?.branch !== branch) return undefined;
  return withLiveHead(plain, pull);
}

/** Once merged, the head is the one that was merged. */
async function withLiveHead({ refs }: PlainGit, pull: Pull): Promise<Pull> {
  if (pull.state !== 'open') return pull;
  return { ...pull, head: (await refs.find(`refs/heads/${pull.branch}`)) ?? pull.head };
}

async function ensurePull(plain: PlainGit, draft: PullDraft): Promise<Pull & { created: boolean }> {
  const { issue: number, ...form } = draft;
  if (findIssueOfBranch(draft.branch) !== number) {
    throw new TammaError(
      'REALITY_DISAGREES',
      `the branch ${draft.branch} does not belong to issue #${number}`,
    );
  }
  const written = await changeTrunk(plain, async (base) => {
    const file = await getIssueFile(plain, base.head, number);
    const old = file.pull;
    if (old?.state === 'merged' && old.head === draft.head)
      return { head: null, value: { pull: old, created: false } };
    const created = old?.state !== 'open' || old.branch !== draft.branch;
    // Once it is ready for review it stays so.
    const isDraft = form.draft && (created || old.draft);
    const pull = { ...form, draft: isDraft, state: 'open' as const, mergeSha: null };
    const text = changePull(file, pull, toWriter(plain));
    if (old && text === undefined) return { head: null, value: { pull: old, created: false } };
    const message = `${created ? 'Open' : 'Update'} the pull request of issue #${number} (tamma)`;
    const next = await commitIssueText(plain, base.head, { number, text: text ?? '', message });
    return { head: next.head, value: { pull: next.file.pull, created } };
  });
  if (!written.pull)
    throw new TammaError(
      'PUBLISH_FAILED',
      `${issuePath(number)} does not hold the pull request it was given`,
    );
  return { ...(await withLiveHead(plain, written.pull)), created: written.created };
}
