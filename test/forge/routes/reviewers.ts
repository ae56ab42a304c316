import { created, ok, Refusal, type RepositoryCall, type Route, readList } from '../answers.ts';
import { tell } from '../model/issues.ts';
import { getPull } from '../model/pulls.ts';
import { viewPullSimple } from '../views/pull.ts';
import { viewUser } from '../views/user.ts';
import { findAssignees } from './issues.ts';

const WRITE = [{ pull_requests: 'write' }] as const;
const path = '/pulls/{pull_number}/requested_reviewers';

export const reviewerRoutes: readonly Route[] = [
  { method: 'GET', path, needs: [{ pull_requests: 'read' }], handle: listReviewers },
  { method: 'POST', path, needs: WRITE, handle: requestReviewers },
  { method: 'DELETE', path, needs: WRITE, handle: removeReviewers },
];

const pullOf = ({ repository, params }: RepositoryCall) => getPull(repository, params.pull_number ?? '');

function listReviewers(call: RepositoryCall) {
  const users = pullOf(call).pull.requestedReviewers.map((user) => viewUser(call.world, user));
  return ok({ users, teams: [] });
}

/** The author cannot be asked, and neither can somebody who cannot read here. */
function requestReviewers(call: RepositoryCall) {
  const issue = pullOf(call);
  const logins = readList(call.body, 'reviewers') ?? [];
  if (logins.includes(issue.user.login))
    throw new Refusal(422, 'Review cannot be requested from pull request author.');
  const users = findAssignees(call, logins);
  if (users.length < logins.length) {
    throw new Refusal(
      422,
      'Reviews may only be requested from collaborators. One or more of the users you specified is not a collaborator of the repository.',
    );
  }
  for (const user of users.filter(({ id }) => !issue.pull.requestedReviewers.some((now) => now.id === id))) {
    issue.pull.requestedReviewers.push(user);
    tell(call, issue, 'review_requested', { requested_reviewer: viewUser(call.world, user) });
  }
  return created(viewPullSimple(call.world, call.repository, issue));
}

function removeReviewers(call: RepositoryCall) {
  const issue = pullOf(call);
  const logins = readList(call.body, 'reviewers') ?? [];
  issue.pull.requestedReviewers = issue.pull.requestedReviewers.filter(
    ({ login }) => !logins.includes(login),
  );
  return ok(viewPullSimple(call.world, call.repository, issue));
}
