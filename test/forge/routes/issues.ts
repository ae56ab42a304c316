import { canSee, hasRole } from '../access.ts';
import {
  created,
  invalid,
  list,
  needText,
  notFound,
  ok,
  Refusal,
  type RepositoryCall,
  type Route,
  readList,
  readText,
} from '../answers.ts';
import {
  closeIssue,
  getIssue,
  openIssue,
  reopenIssue,
  setAssignees,
  setLabels,
  tell,
} from '../model/issues.ts';
import type { Issue, Json, User } from '../state.ts';
import { viewIssue } from '../views/issue.ts';
import { canBeAssigned } from './repository.ts';

/** Issues are pull requests too: either permission will do. */
export const ISSUE_READ = [{ issues: 'read' }, { pull_requests: 'read' }] as const;
export const ISSUE_WRITE = [{ issues: 'write' }, { pull_requests: 'write' }] as const;

export const issueRoutes: readonly Route[] = [
  { method: 'GET', path: '/issues', needs: ISSUE_READ, handle: listIssues },
  { method: 'POST', path: '/issues', needs: [{ issues: 'write' }], role: 'read', handle: createIssue },
  { method: 'GET', path: '/issues/{issue_number}', needs: ISSUE_READ, handle: getOne },
  { method: 'PATCH', path: '/issues/{issue_number}', needs: ISSUE_WRITE, role: 'read', handle: updateIssue },
  {
    method: 'POST',
    path: '/issues/{issue_number}/assignees',
    needs: ISSUE_WRITE,
    role: 'triage',
    handle: (call) => created(changeAssignees(call, (now, named) => [...now, ...named])),
  },
  {
    method: 'DELETE',
    path: '/issues/{issue_number}/assignees',
    needs: ISSUE_WRITE,
    role: 'triage',
    handle: (call) =>
      ok(
        changeAssignees(call, (now, named) => now.filter(({ id }) => !named.some((user) => user.id === id))),
      ),
  },
];

/** The issue of a call; a token for issues alone does not reach pull requests, nor the other way round for writing. */
export function issueOf(call: RepositoryCall): Issue {
  const issue = getIssue(call.repository, call.params.issue_number ?? '');
  if (!canSee(call.token, call.repository)) throw notFound();
  return issue;
}

function listIssues(call: RepositoryCall) {
  const { world, repository, query } = call;
  const state = query.state ?? 'open';
  const labels = query.labels?.split(',').map((name) => name.toLowerCase()) ?? [];
  const wanted = [...repository.issues.values()].filter(
    (issue) =>
      (state === 'all' || issue.state === state) &&
      labels.every((label) => issue.labels.some((name) => name.toLowerCase() === label)) &&
      isAssignedTo(issue, query.assignee) &&
      (query.creator === undefined || issue.user.login === query.creator) &&
      (query.since === undefined || Date.parse(issue.updatedAt) >= Date.parse(query.since)),
  );
  const key = query.sort === 'updated' ? 'updatedAt' : 'createdAt';
  const direction = query.direction === 'asc' ? 1 : -1;
  wanted.sort((a, b) => direction * (a[key].localeCompare(b[key]) || a.number - b.number));
  return list(call, wanted, (issue) => viewIssue(world, repository, issue));
}

function isAssignedTo(issue: Issue, assignee: string | undefined): boolean {
  if (assignee === undefined) return true;
  if (assignee === 'none') return issue.assignees.length === 0;
  return assignee === '*'
    ? issue.assignees.length > 0
    : issue.assignees.some(({ login }) => login === assignee);
}

/** Labels, assignees and milestones of somebody without triage access are dropped in silence (GitHub's documentation). */
function createIssue(call: RepositoryCall) {
  const { world, repository, body } = call;
  const title = needText(body, 'title');
  if (title.trim() === '') throw invalid('Issue', 'title', 'missing_field');
  const mayLabel = mayTriage(call);
  const assignees = mayLabel ? findAssignees(call, readList(body, 'assignees') ?? []) : [];
  const labels = mayLabel ? (readList(body, 'labels') ?? []) : [];
  const text = readText(body, 'body') ?? null;
  checkLength(text);
  return created(viewIssue(world, repository, openIssue(call, { title, body: text, labels, assignees })));
}

export function mayTriage({ token, repository, actor }: RepositoryCall): boolean {
  return token.kind !== 'pat' || hasRole(repository, actor.user.login, 'triage');
}

/** 65,536 characters: what GitHub takes for a body. */
export function checkLength(text: string | null | undefined): void {
  if (text && text.length > 65_536) {
    throw new Refusal(422, 'Validation Failed', {
      errors: [
        {
          resource: 'Issue',
          field: 'body',
          code: 'custom',
          message: 'body is too long (maximum is 65536 characters)',
        },
      ],
    });
  }
}

/** Names that cannot be assigned are left out in silence, as at GitHub. */
export function findAssignees({ world, repository }: RepositoryCall, logins: readonly string[]): User[] {
  return logins.flatMap((login) => {
    const user = world.users.get(login.toLowerCase());
    return user && canBeAssigned(repository, login) ? [user] : [];
  });
}

function getOne(call: RepositoryCall) {
  return ok(viewIssue(call.world, call.repository, issueOf(call)));
}

function updateIssue(call: RepositoryCall) {
  const { world, repository, actor, body } = call;
  const issue = issueOf(call);
  if (!mayTriage(call) && issue.user.id !== actor.user.id)
    throw new Refusal(403, 'Must have admin rights to Repository.');
  const title = readText(body, 'title');
  const text = body.body === null ? null : readText(body, 'body');
  checkLength(text);
  editTexts(call, issue, title, text);
  const labels = readList(body, 'labels');
  if (labels && mayTriage(call)) setLabels(call, issue, labels);
  const assignees = readList(body, 'assignees');
  if (assignees && mayTriage(call)) setAssignees(call, issue, findAssignees(call, assignees));
  if (body.state === 'closed')
    closeIssue(call, issue, (readText(body, 'state_reason') ?? 'completed') as 'completed');
  if (body.state === 'open') reopenIssue(call, issue);
  return ok(viewIssue(world, repository, issue));
}

/** Title and body of an issue or pull request; says what they were. */
export function editTexts(
  call: RepositoryCall,
  issue: Issue,
  title: string | undefined,
  text: string | null | undefined,
): void {
  const changes: Json = {};
  if (title !== undefined && title !== issue.title) {
    changes.title = { from: issue.title };
    issue.title = title;
  }
  if (text !== undefined && text !== issue.body) {
    changes.body = { from: issue.body ?? '' };
    issue.body = text;
  }
  if (Object.keys(changes).length === 0) return;
  issue.updatedAt = call.world.now();
  tell(call, issue, 'edited', { changes });
}

function changeAssignees(call: RepositoryCall, change: (now: User[], named: User[]) => User[]) {
  const issue = issueOf(call);
  const named = findAssignees(call, readList(call.body, 'assignees') ?? []);
  setAssignees(call, issue, change(issue.assignees, named));
  return viewIssue(call.world, call.repository, issue);
}
