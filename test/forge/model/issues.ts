import { notFound } from '../answers.ts';
import type { Issue, Json, Repository, User } from '../state.ts';
import { viewIssue, viewLabels } from '../views/issue.ts';
import { viewPull } from '../views/pull.ts';
import { viewUser } from '../views/user.ts';
import { emit, type Place } from './events.ts';
import { ensureLabels } from './labels.ts';

type IssueDraft = {
  title: string;
  body: string | null;
  labels: readonly string[];
  assignees: readonly User[];
};

export function getIssue(repository: Repository, number: number | string): Issue {
  const issue = repository.issues.get(Number(number));
  if (!issue) throw notFound();
  return issue;
}

/** An issue without its event: a pull request begins as one too. */
export function addIssue({ world, repository, actor }: Place, draft: IssueDraft): Issue {
  repository.lastNumber += 1;
  const issue: Issue = {
    id: world.newId(),
    number: repository.lastNumber,
    title: draft.title,
    body: draft.body,
    user: actor.user,
    kind: actor.kind,
    state: 'open',
    stateReason: null,
    labels: [...new Set(ensureLabels(world, repository, draft.labels))],
    assignees: [...draft.assignees],
    reactions: [],
    comments: [],
    timeline: [],
    blockedBy: [],
    subIssues: [],
    locked: false,
    createdAt: world.now(),
    updatedAt: world.now(),
    closedAt: null,
    closedBy: null,
    pull: null,
  };
  repository.issues.set(issue.number, issue);
  return issue;
}

export function openIssue(place: Place, draft: IssueDraft): Issue {
  const issue = addIssue(place, draft);
  tell(place, issue, 'opened');
  for (const label of issue.labels) tellLabel(place, issue, 'labeled', label);
  return issue;
}

/** The event of an issue, or of the pull request it is. */
export function tell(place: Place, issue: Issue, action: string, more: Json = {}): void {
  const { world, repository } = place;
  if (!issue.pull) {
    emit(place, 'issues', action, { issue: viewIssue(world, repository, issue), ...more });
    return;
  }
  const build = async () => ({
    number: issue.number,
    pull_request: await viewPull(world, repository, issue),
    ...more,
  });
  emit(place, 'pull_request', action, build);
}

function tellLabel(place: Place, issue: Issue, action: 'labeled' | 'unlabeled', name: string): void {
  const { world, repository } = place;
  note(place, issue, action, { label: name });
  tell(place, issue, action, { label: viewLabels(world, repository, [name])[0] });
}

/** A line of the issue's timeline; everything noted there makes the issue newer. */
export function note(
  { world, actor }: Place,
  issue: Issue,
  event: string,
  more: { label?: string; assignee?: User; commit?: string } = {},
): void {
  issue.updatedAt = world.now();
  issue.timeline.push({
    id: world.newId(),
    event,
    user: actor.user,
    createdAt: world.now(),
    ...more,
  });
}

export function setLabels(place: Place, issue: Issue, wanted: readonly string[]): void {
  const { world, repository } = place;
  const before = issue.labels;
  issue.labels = [...new Set(ensureLabels(world, repository, wanted))];
  for (const name of issue.labels.filter((label) => !before.includes(label))) {
    tellLabel(place, issue, 'labeled', name);
  }
  for (const name of before.filter((label) => !issue.labels.includes(label))) {
    tellLabel(place, issue, 'unlabeled', name);
  }
}

export function setAssignees(place: Place, issue: Issue, wanted: readonly User[]): void {
  const before = issue.assignees;
  issue.assignees = [...new Map(wanted.map((user) => [user.id, user])).values()].slice(0, 10);
  const change = (user: User, event: 'assigned' | 'unassigned') => {
    note(place, issue, event, { assignee: user });
    tell(place, issue, event, { assignee: viewUser(place.world, user) });
  };
  for (const user of issue.assignees.filter(({ id }) => !before.some((old) => old.id === id))) {
    change(user, 'assigned');
  }
  for (const user of before.filter(({ id }) => !issue.assignees.some((now) => now.id === id))) {
    change(user, 'unassigned');
  }
}

export function closeIssue(
  place: Place,
  issue: Issue,
  reason: NonNullable<Issue['stateReason']> = 'completed',
  commit?: string,
): void {
  if (issue.state === 'closed') {
    if (!issue.pull) issue.stateReason = reason;
    return;
  }
  issue.state = 'closed';
  issue.stateReason = issue.pull ? null : reason;
  issue.closedAt = place.world.now();
  issue.closedBy = place.actor.user;
  note(place, issue, 'closed', commit === undefined ? {} : { commit });
  tell(place, issue, 'closed');
}

export function reopenIssue(place: Place, issue: Issue): void {
  if (issue.state === 'open') return;
  issue.state = 'open';
  issue.stateReason = issue.pull ? null : 'reopened';
  issue.closedAt = null;
  issue.closedBy = null;
  note(place, issue, 'reopened');
  tell(place, issue, 'reopened');
}
