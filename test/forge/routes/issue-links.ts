import { created, list, noContent, notFound, type RepositoryCall, type Route } from '../answers.ts';
import type { Issue } from '../state.ts';
import { viewIssue } from '../views/issue.ts';
import { toNodeId, viewUser } from '../views/user.ts';
import { ISSUE_READ, ISSUE_WRITE, issueOf } from './issues.ts';

/** What an issue hangs together with: its timeline, what blocks it, its parts. */
export const issueLinkRoutes: readonly Route[] = [
  { method: 'GET', path: '/issues/{issue_number}/timeline', needs: ISSUE_READ, handle: listTimeline },
  {
    method: 'GET',
    path: '/issues/{issue_number}/dependencies/blocked_by',
    needs: ISSUE_READ,
    handle: (call) => listIssuesOf(call, ({ blockedBy }) => blockedBy),
  },
  {
    method: 'POST',
    path: '/issues/{issue_number}/dependencies/blocked_by',
    needs: ISSUE_WRITE,
    role: 'triage',
    handle: addBlocker,
  },
  {
    method: 'GET',
    path: '/issues/{issue_number}/sub_issues',
    needs: ISSUE_READ,
    handle: (call) => listIssuesOf(call, ({ subIssues }) => subIssues),
  },
  {
    method: 'PUT',
    path: '/issues/{issue_number}/lock',
    needs: ISSUE_WRITE,
    handle: (call) => lock(call, true),
  },
  {
    method: 'DELETE',
    path: '/issues/{issue_number}/lock',
    needs: ISSUE_WRITE,
    handle: (call) => lock(call, false),
  },
];

function listTimeline(call: RepositoryCall) {
  const { world, repository } = call;
  const issue = issueOf(call);
  return list(call, issue.timeline, (entry) => ({
    id: entry.id,
    node_id: toNodeId('TE', entry.id),
    url: `${world.url}/repos/${repository.fullName}/issues/events/${entry.id}`,
    actor: viewUser(world, entry.user),
    event: entry.event,
    commit_id: entry.commit ?? null,
    commit_url: entry.commit ? `${world.url}/repos/${repository.fullName}/commits/${entry.commit}` : null,
    created_at: entry.createdAt,
    performed_via_github_app: null,
    ...(entry.label === undefined ? {} : { label: { name: entry.label, color: 'ededed' } }),
    ...(entry.assignee === undefined ? {} : { assignee: viewUser(world, entry.assignee) }),
  }));
}

function listIssuesOf(call: RepositoryCall, numbersOf: (issue: Issue) => readonly number[]) {
  const { world, repository } = call;
  const issues = numbersOf(issueOf(call)).flatMap((number) => repository.issues.get(number) ?? []);
  return list(call, issues, (issue) => viewIssue(world, repository, issue));
}

function addBlocker(call: RepositoryCall) {
  const { world, repository, body } = call;
  const issue = issueOf(call);
  const blocker = [...repository.issues.values()].find(({ id }) => id === body.issue_id);
  if (!blocker) throw notFound();
  issue.blockedBy = [...new Set([...issue.blockedBy, blocker.number])];
  return created(viewIssue(world, repository, issue));
}

function lock(call: RepositoryCall, locked: boolean) {
  issueOf(call).locked = locked;
  return noContent();
}
