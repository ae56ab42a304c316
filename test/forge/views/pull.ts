import { judgeMerge } from '../model/mergeability.ts';
import type { Issue, Json, Pull, Repository, Review, ReviewComment, World } from '../state.ts';
import { countLines } from './commit.ts';
import { viewLabels } from './issue.ts';
import { apiOf, htmlOf, viewRepository } from './repository.ts';
import { toNodeId, viewAssociation, viewRollup, viewUser, viewUserOrNull } from './user.ts';

export function needPull(issue: Issue): Pull {
  if (!issue.pull) throw new Error(`#${issue.number} is no pull request`);
  return issue.pull;
}

/** The form in lists. */
export function viewPullSimple(world: World, repository: Repository, issue: Issue): Json {
  const pull = needPull(issue);
  const url = `${apiOf(world, repository)}/pulls/${issue.number}`;
  const html = `${htmlOf(world, repository)}/pull/${issue.number}`;
  const issueUrl = `${apiOf(world, repository)}/issues/${issue.number}`;
  const links = {
    html_url: html,
    issue_url: issueUrl,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${apiOf(world, repository)}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: `${apiOf(world, repository)}/statuses/${pull.headSha}`,
  };
  return {
    url,
    id: pull.id,
    node_id: toNodeId('PR', issue.id),
    ...links,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    number: issue.number,
    state: issue.state,
    locked: issue.locked,
    title: issue.title,
    user: viewUser(world, issue.user),
    body: issue.body,
    // GitHub's description has no null here, other than for an issue's labels.
    labels: viewLabels(world, repository, issue.labels).map((label) => ({
      ...label,
      description: label.description ?? '',
    })),
    milestone: null,
    active_lock_reason: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeSha,
    assignee: viewUserOrNull(world, issue.assignees[0] ?? null),
    assignees: issue.assignees.map((user) => viewUser(world, user)),
    requested_reviewers: pull.requestedReviewers.map((user) => viewUser(world, user)),
    requested_teams: [],
    head: viewSide(world, repository, pull.head, pull.headSha),
    base: viewSide(world, repository, pull.base, pull.baseSha),
    _links: viewLinks(url, links),
    author_association: viewAssociation(repository, issue.user),
    auto_merge: pull.autoMerge && {
      enabled_by: viewUser(world, pull.autoMerge.by),
      merge_method: pull.autoMerge.method,
      commit_title: pull.autoMerge.title,
      commit_message: pull.autoMerge.message,
    },
    draft: pull.draft,
  };
}

function viewSide(world: World, repository: Repository, ref: string, sha: string): Json {
  const owner = repository.owner;
  return {
    label: `${owner.login}:${ref}`,
    ref,
    sha,
    user: viewUser(world, owner),
    repo: viewRepository(world, repository),
  };
}

function viewLinks(self: string, links: Readonly<Record<string, string>>): Json {
  const names = ['html', 'issue', 'comments', 'review_comments', 'review_comment', 'commits', 'statuses'];
  const entries = names.map((name) => [name, { href: links[`${name}_url`] }]);
  return { self: { href: self }, ...Object.fromEntries(entries) };
}

/** The whole form; `isRead` where a client asks, which is what makes GitHub compute mergeability. */
export async function viewPull(
  world: World,
  repository: Repository,
  issue: Issue,
  isRead = false,
): Promise<Json> {
  const pull = needPull(issue);
  const { git } = repository;
  const start = (await git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const [files, commits] = await Promise.all([
    git.changes(start, pull.headSha),
    git.between(start, pull.headSha),
  ]);
  const judgement = await judgeMerge(repository, issue, isRead);
  return {
    ...viewPullSimple(world, repository, issue),
    merged: pull.mergedAt !== null,
    mergeable: judgement.mergeable,
    rebaseable: judgement.mergeable,
    mergeable_state: judgement.state,
    merged_by: viewUserOrNull(world, pull.mergedBy),
    comments: issue.comments.length,
    review_comments: pull.threads.flatMap((thread) => thread.comments).length,
    maintainer_can_modify: false,
    commits: commits.length,
    ...countLines(files),
    changed_files: files.length,
  };
}

/** The form in checks and runs. */
export function viewPullMinimal(world: World, repository: Repository, issue: Issue): Json {
  const pull = needPull(issue);
  const repo = { id: repository.id, url: apiOf(world, repository), name: repository.name };
  return {
    id: pull.id,
    number: issue.number,
    url: `${apiOf(world, repository)}/pulls/${issue.number}`,
    head: { ref: pull.head, sha: pull.headSha, repo },
    base: { ref: pull.base, sha: pull.baseSha, repo },
  };
}

export function viewReview(world: World, repository: Repository, issue: Issue, review: Review): Json {
  const url = `${apiOf(world, repository)}/pulls/${issue.number}`;
  const html = `${htmlOf(world, repository)}/pull/${issue.number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: toNodeId('PRR', review.id),
    user: viewUser(world, review.user),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: url,
    author_association: viewAssociation(repository, review.user),
    _links: { html: { href: html }, pull_request: { href: url } },
    ...(review.state === 'PENDING' ? {} : { submitted_at: review.submittedAt }),
    commit_id: review.commit,
  };
}

export function viewReviewComment(
  world: World,
  repository: Repository,
  issue: Issue,
  comment: ReviewComment,
): Json {
  const pullUrl = `${apiOf(world, repository)}/pulls/${issue.number}`;
  const url = `${apiOf(world, repository)}/pulls/comments/${comment.id}`;
  const html = `${htmlOf(world, repository)}/pull/${issue.number}#discussion_r${comment.id}`;
  return {
    url,
    pull_request_review_id: comment.review,
    id: comment.id,
    node_id: toNodeId('PRRC', comment.id),
    diff_hunk: '@@ -1 +1 @@',
    path: comment.path,
    position: comment.line ?? 1,
    original_position: comment.line ?? 1,
    commit_id: comment.commit,
    original_commit_id: comment.commit,
    user: viewUser(world, comment.user),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: viewAssociation(repository, comment.user),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pullUrl } },
    reactions: viewRollup(comment.reactions, url),
    side: comment.side,
    start_side: comment.startLine === null ? null : comment.side,
    start_line: comment.startLine,
    original_start_line: comment.startLine,
    ...(comment.line === null ? {} : { line: comment.line, original_line: comment.line }),
    ...(comment.thread === comment.id ? {} : { in_reply_to_id: comment.thread }),
    subject_type: comment.line === null ? 'file' : 'line',
  };
}
