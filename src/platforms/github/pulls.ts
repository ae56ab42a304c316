import { TammaError } from '../../core/errors.ts';
import type { Pull, PullDraft, PullPort } from '../../ports/platform/pulls.ts';
import { findIssueOfBranch } from '../git/refs.ts';
import { anything, pullInList, type RawPull } from './answers.ts';
import { converge, createOnce, lookUntil } from './converge.ts';
import { isAmbiguous, refusedWith } from './failure.ts';
import { hasLabel } from './issue-reader.ts';
import { addLabels } from './issue-update.ts';
import { mergePull } from './merge.ts';
import { getPull, type PullDesk } from './merge-look.ts';
import { leaveQueue, markReady, stopAutoMerge } from './pull-mutations.ts';
import type { Api } from './request.ts';

export function createPullPort(desk: PullDesk): PullPort {
  return {
    async find(branch) {
      const raw = branch === '' ? undefined : await findRaw(desk.api, branch);
      return raw && toPull(raw, await findLiveHead(desk, raw));
    },
    ensure: (draft) => ensurePull(desk, draft),
    merge: (request) => mergePull(desk, request),
    withdraw: (number) => withdrawMerge(desk, number),
  };
}

async function withdrawMerge(desk: PullDesk, number: number): Promise<void> {
  const raw = await getPull(desk.api, number);
  if (raw.state === 'closed') return;
  const { mergeQueue } = await desk.rules.of(raw.base.ref);
  if (mergeQueue) await leaveQueue(desk.api, raw);
  await stopAutoMerge(desk, raw);
}

/** The open one of this branch, or else the newest. */
async function findRaw({ list, owner }: Api, branch: string): Promise<RawPull | undefined> {
  const found = await list(
    pullInList,
    'GET /repos/{owner}/{repo}/pulls',
    { head: `${owner}:${branch}`, state: 'all', sort: 'created', direction: 'desc' },
    { maxPages: 1 },
  );
  // A `head` that GitHub cannot make sense of is no filter at all.
  const ofBranch = found.filter(({ head }) => head.ref === branch);
  return ofBranch.find(({ state }) => state === 'open') ?? ofBranch[0];
}

/** GitHub's own view of the head follows a push with a delay: the branch itself is the authority. */
export async function findLiveHead({ refs }: Pick<PullDesk, 'refs'>, raw: RawPull): Promise<string> {
  if (raw.state !== 'open') return raw.head.sha;
  return (await refs.find(`refs/heads/${raw.head.ref}`)) ?? raw.head.sha;
}

function toPull(raw: RawPull, head: string): Pull {
  const isMerged = Boolean(raw.merged_at);
  return {
    number: raw.number,
    url: raw.html_url,
    branch: raw.head.ref,
    base: raw.base.ref,
    head,
    state: isMerged ? 'merged' : raw.state,
    draft: raw.state === 'open' && raw.draft === true,
    title: raw.title,
    body: raw.body ?? '',
    labels: raw.labels,
    // Before the merge GitHub names a commit of its own there, made to try it.
    mergeSha: isMerged ? (raw.merge_commit_sha ?? null) : null,
    ...(raw.user ? { author: { id: String(raw.user.id), login: raw.user.login } } : {}),
  };
}

async function ensurePull(desk: PullDesk, draft: PullDraft): Promise<Pull & { created: boolean }> {
  if (findIssueOfBranch(draft.branch) !== draft.issue) {
    throw new TammaError(
      'REALITY_DISAGREES',
      `the branch ${draft.branch} does not belong to issue #${draft.issue}`,
    );
  }
  let created = false;
  return await converge(desk.api, async () => {
    const known = await findRaw(desk.api, draft.branch);
    if (known?.merged_at && known.head.sha === draft.head)
      return { ...toPull(known, known.head.sha), created };
    const open = known?.state === 'open' ? known : await createPull(desk.api, draft);
    created ||= open !== known;
    const raw = await bringToForm(desk.api, open, draft);
    return { ...toPull(raw, await findLiveHead(desk, raw)), created };
  });
}

/** GitHub refuses a second one for the branch, so this cannot make two; where it says so, another run was first. */
async function createPull(api: Api, draft: PullDraft): Promise<RawPull> {
  const { branch: head, base, title, body, draft: isDraft } = draft;
  const post = (draftOrNot: boolean) =>
    api.write(pullInList, 'POST /repos/{owner}/{repo}/pulls', { head, base, title, body, draft: draftOrNot });
  const find = async () => {
    const known = await findRaw(api, head);
    return known?.state === 'open' ? known : undefined;
  };
  const create = async () => {
    try {
      return await post(isDraft);
    } catch (error) {
      if (refusedWith(error) !== 422) throw error;
      // Private repositories of some plans have no drafts.
      if (isDraft && /draft/i.test(String((error as Error).message))) return post(false);
      const other = /already exists/i.test((error as Error).message)
        ? await lookUntil(api, find, (found) => found !== undefined)
        : undefined;
      if (other) return other;
      throw error;
    }
  };
  return await createOnce(api, { create, find });
}

/**
 * Title, text, base, readiness; labels and reviewers are added, people's own stay. A pull request that somebody took
 * out of draft is not put back. Answers with what it is then, by what GitHub answered to the writes.
 */
async function bringToForm(api: Api, raw: RawPull, draft: PullDraft): Promise<RawPull> {
  const { title, body, base } = draft;
  let now = raw;
  if (raw.title !== title || (raw.body ?? '') !== body || raw.base.ref !== base) {
    const patch = { pull_number: raw.number, title, body, ...(raw.base.ref === base ? {} : { base }) };
    now = await api.write(pullInList, 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}', patch);
  }
  const missing = draft.labels.filter((label) => !hasLabel(raw.labels, label));
  if (missing.length > 0) {
    now = { ...now, labels: await addLabels(api, raw.number, missing) };
  }
  await askReviewers(api, raw, draft.reviewers ?? []);
  if (raw.draft && !draft.draft) {
    await markReady(api, raw.node_id);
    now = { ...now, draft: false };
  }
  return now;
}

/** Somebody who may not review here is no reason to stop: the pull request is there for everybody else. */
async function askReviewers(api: Api, raw: RawPull, reviewers: readonly string[]): Promise<void> {
  const asked = new Set(
    [...(raw.requested_reviewers ?? []), ...(raw.user ? [raw.user] : [])].map(({ login }) =>
      login.toLowerCase(),
    ),
  );
  const missing = reviewers.filter((login) => !asked.has(login.toLowerCase()));
  if (missing.length === 0) return;
  try {
    await api.write(anything, 'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', {
      pull_number: raw.number,
      reviewers: missing,
    });
  } catch (error) {
    if (isAmbiguous(error) || refusedWith(error) !== 422) throw error;
  }
}
