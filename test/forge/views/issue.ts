import type { Comment, Issue, Json, Label, Reaction, Repository, World } from '../state.ts';
import { apiOf, htmlOf } from './repository.ts';
import { toNodeId, viewApp, viewAssociation, viewRollup, viewUser, viewUserOrNull } from './user.ts';

export function viewLabel(world: World, repository: Repository, label: Label): Json {
  return {
    id: label.id,
    node_id: toNodeId('LA', label.id),
    url: `${apiOf(world, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  };
}

/** Labels of an issue, in the repository's spelling. */
export function viewLabels(world: World, repository: Repository, names: readonly string[]): Json[] {
  return names.flatMap((name) => {
    const label = repository.labels.find((entry) => entry.name.toLowerCase() === name.toLowerCase());
    return label ? [viewLabel(world, repository, label)] : [];
  });
}

export function viewIssue(world: World, repository: Repository, issue: Issue): Json {
  const url = `${apiOf(world, repository)}/issues/${issue.number}`;
  const kind = issue.pull ? 'pull' : 'issues';
  const html = `${htmlOf(world, repository)}/${kind}/${issue.number}`;
  return {
    id: issue.id,
    node_id: toNodeId(issue.pull ? 'PR' : 'I', issue.id),
    url,
    repository_url: apiOf(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: html,
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: viewUser(world, issue.user),
    labels: viewLabels(world, repository, issue.labels),
    assignee: viewUserOrNull(world, issue.assignees[0] ?? null),
    assignees: issue.assignees.map((user) => viewUser(world, user)),
    milestone: null,
    locked: issue.locked,
    active_lock_reason: null,
    comments: issue.comments.length,
    closed_at: issue.closedAt,
    closed_by: viewUserOrNull(world, issue.closedBy),
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    author_association: viewAssociation(repository, issue.user),
    performed_via_github_app: viewApp(world, issue.kind, issue.user),
    reactions: viewRollup(issue.reactions, url),
    issue_dependencies_summary: viewDependencies(repository, issue),
    ...(issue.pull ? viewPullLinks(world, repository, issue) : {}),
  };
}

function viewDependencies(repository: Repository, issue: Issue): Json {
  const all = [...repository.issues.values()];
  const blockers = all.filter(({ number }) => issue.blockedBy.includes(number));
  const blocking = all.filter(({ blockedBy }) => blockedBy.includes(issue.number));
  const open = (issues: readonly Issue[]) => issues.filter(({ state }) => state === 'open').length;
  return {
    blocked_by: open(blockers),
    total_blocked_by: blockers.length,
    blocking: open(blocking),
    total_blocking: blocking.length,
  };
}

function viewPullLinks(world: World, repository: Repository, issue: Issue): Json {
  const html = `${htmlOf(world, repository)}/pull/${issue.number}`;
  return {
    draft: issue.pull?.draft ?? false,
    pull_request: {
      url: `${apiOf(world, repository)}/pulls/${issue.number}`,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: issue.pull?.mergedAt ?? null,
    },
  };
}

export function viewComment(world: World, repository: Repository, comment: Comment): Json {
  const issue = `${apiOf(world, repository)}/issues`;
  const url = `${issue}/comments/${comment.id}`;
  return {
    id: comment.id,
    node_id: toNodeId('IC', comment.id),
    url,
    html_url: `${htmlOf(world, repository)}/${repository.issues.get(comment.issue)?.pull ? 'pull' : 'issues'}/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${issue}/${comment.issue}`,
    user: viewUser(world, comment.user),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    body: comment.body,
    author_association: viewAssociation(repository, comment.user),
    performed_via_github_app: viewApp(world, comment.kind, comment.user),
    reactions: viewRollup(comment.reactions, url),
  };
}

export function viewReaction(world: World, reaction: Reaction): Json {
  return {
    id: reaction.id,
    node_id: toNodeId('REA', reaction.id),
    user: viewUser(world, reaction.user),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}
