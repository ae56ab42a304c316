import { type EventReader, type EventRequest, type EventSource, idle } from '../event-request.ts';
import { readCheckSuite, readDeploymentStatus, readWorkflowRun } from './ci.ts';
import { readComment, readIssues, readReview, readReviewComment } from './people.ts';
import { readDispatch, readPush, readRepositoryDispatch } from './rounds.ts';

/** One row an event. Those without a row mean nothing to Tamma. */
const readers: Readonly<Record<string, EventReader>> = {
  schedule: () => ({ kind: 'orchestrate' }),
  workflow_dispatch: readDispatch,
  repository_dispatch: readRepositoryDispatch,
  push: readPush,
  issues: readIssues,
  issue_comment: readComment,
  pull_request_review: readReview,
  pull_request_review_comment: readReviewComment,
  check_suite: readCheckSuite,
  workflow_run: readWorkflowRun,
  deployment_status: readDeploymentStatus,
};

/** The one request in an event, or why there is none. Pure, total: no payload makes it throw. */
export function readEvent(source: EventSource): EventRequest {
  const reader = Object.hasOwn(readers, source.name) ? readers[source.name] : undefined;
  return reader
    ? reader(source.payload, source)
    : idle(`${source.name.replace(/[^a-z_]/g, '')} is no event that Tamma acts on`);
}
