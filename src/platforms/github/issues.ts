import type { Comment, Issue, IssuePort } from '../../ports/platform/issues.ts';
import { issue, type RawComment, type RawIssue } from './answers.ts';
import { listComments } from './comments.ts';
import { createOnce } from './converge.ts';
import { hasLabel, type IssueDesk, readIssue } from './issue-reader.ts';
import { updateIssue } from './issue-update.ts';
import { addMarker, hasMarker, splitMarker } from './markers.ts';
import { findPriority } from './priority.ts';

export function createIssuePort(desk: IssueDesk): IssuePort {
  return {
    list: (filter) => listIssues(desk, filter),
    async get(number) {
      const { raw, comments } = await readIssue(desk, number);
      return toIssue(desk, raw, comments);
    },
    async update(number, change) {
      const { raw, comments } = await updateIssue(desk, number, change);
      return toIssue(desk, raw, comments);
    },
    ensure: (draft) => ensureIssue(desk, draft),
  };
}

async function toIssue(desk: IssueDesk, raw: RawIssue, comments: readonly RawComment[]): Promise<Issue> {
  return describeIssue(raw, await desk.readComments(comments), await stripOwnMarker(desk, raw));
}

/** The marker of an issue that `ensure` made is ours to hide; in anybody else's it is text. */
async function stripOwnMarker({ self }: IssueDesk, raw: RawIssue): Promise<string> {
  const text = raw.body ?? '';
  if (!hasMarker(text) || String(raw.user?.id) !== (await self()).id) return text;
  return splitMarker(text).body;
}

function describeIssue(raw: RawIssue, comments: readonly Comment[], body: string): Issue {
  const { issue_dependencies_summary: links } = raw;
  return {
    number: raw.number,
    title: raw.title,
    body,
    labels: raw.labels,
    state: raw.state,
    assignees: (raw.assignees ?? []).map(({ login }) => login),
    author: raw.user?.login ?? 'ghost',
    priority: findPriority(raw.labels),
    createdAt: raw.created_at,
    updatedAt: raw.updated_at,
    url: raw.html_url,
    ...(links ? { openBlockers: links.blocked_by } : {}),
    ...(raw.pull_request ? { isPull: true } : {}),
    comments,
  };
}

/** GitHub's filter takes labels that an issue must all have: one request for each that will do. */
async function listIssues(
  desk: IssueDesk,
  { include, exclude }: Parameters<IssuePort['list']>[0],
): Promise<Issue[]> {
  const lists = await Promise.all(
    include.map((label) =>
      desk.api.list(issue, 'GET /repos/{owner}/{repo}/issues', {
        labels: label,
        state: 'open',
        sort: 'created',
        direction: 'asc',
      }),
    ),
  );
  const byNumber = new Map(lists.flat().map((raw) => [raw.number, raw]));
  const isLeftOut = ({ labels }: RawIssue) => labels.some((label) => hasLabel(exclude, label));
  const wanted = [...byNumber.values()].filter((raw) => !raw.pull_request && !isLeftOut(raw));
  const issues = await Promise.all(wanted.map((raw) => toIssue(desk, raw, [])));
  return issues.sort((a, b) => a.number - b.number);
}

async function ensureIssue(desk: IssueDesk, draft: Parameters<IssuePort['ensure']>[0]): Promise<Issue> {
  const { api, self } = desk;
  const { id, login } = await self();
  // The search index lags by minutes; this list is what the database holds.
  const find = async () => {
    const own = await api.list(issue, 'GET /repos/{owner}/{repo}/issues', {
      creator: login,
      state: 'all',
      sort: 'created',
      direction: 'desc',
    });
    return own.find(
      (raw) =>
        !raw.pull_request &&
        String(raw.user?.id) === id &&
        splitMarker(raw.body ?? '').marker === draft.marker.trim(),
    );
  };
  const create = () =>
    api.write(issue, 'POST /repos/{owner}/{repo}/issues', {
      title: draft.title,
      body: addMarker(draft.marker, draft.body),
      labels: draft.labels,
    });
  const raw = (await find()) ?? (await createOnce(api, { create, find }));
  const comments = raw.comments > 0 ? await listComments(api, raw.number) : [];
  desk.seen.set(raw.number, { raw, comments, at: desk.clock.now().getTime() });
  return toIssue(desk, raw, comments);
}
