import {
  created,
  list,
  needText,
  noContent,
  notFound,
  ok,
  Refusal,
  type RepositoryCall,
  type Route,
  readList,
  readText,
} from '../answers.ts';
import { setLabels } from '../model/issues.ts';
import { createLabel, findLabel } from '../model/labels.ts';
import type { Json, Label } from '../state.ts';
import { viewLabel, viewLabels } from '../views/issue.ts';
import { ISSUE_READ, ISSUE_WRITE, issueOf } from './issues.ts';

const onIssue = { path: '/issues/{issue_number}/labels', needs: ISSUE_WRITE, role: 'triage' } as const;

export const labelRoutes: readonly Route[] = [
  { method: 'GET', path: '/labels', needs: ISSUE_READ, handle: listLabels },
  { method: 'POST', path: '/labels', needs: ISSUE_WRITE, handle: addLabel },
  {
    method: 'GET',
    path: '/labels/{name}',
    needs: ISSUE_READ,
    handle: (call) => ok(view(call, labelOf(call))),
  },
  { method: 'PATCH', path: '/labels/{name}', needs: ISSUE_WRITE, handle: editLabel },
  { method: 'DELETE', path: '/labels/{name}', needs: ISSUE_WRITE, handle: removeLabel },
  { ...onIssue, method: 'GET', needs: ISSUE_READ, role: 'read', handle: listOnIssue },
  { ...onIssue, method: 'POST', handle: (call) => change(call, (now, named) => [...now, ...named]) },
  { ...onIssue, method: 'PUT', handle: (call) => change(call, (_now, named) => named) },
  {
    ...onIssue,
    method: 'DELETE',
    handle: (call) => {
      setLabels(call, issueOf(call), []);
      return noContent();
    },
  },
  { ...onIssue, method: 'DELETE', path: `${onIssue.path}/{name}`, handle: removeOne },
];

const view = ({ world, repository }: RepositoryCall, label: Label) => viewLabel(world, repository, label);

function labelOf({ repository, params }: RepositoryCall): Label {
  const label = findLabel(repository, params.name ?? '');
  if (!label) throw notFound();
  return label;
}

function listLabels(call: RepositoryCall) {
  return list(call, call.repository.labels, (label) => view(call, label));
}

function addLabel(call: RepositoryCall) {
  const { world, repository, body } = call;
  const color = readText(body, 'color');
  const description = readText(body, 'description') ?? null;
  const draft = { name: needText(body, 'name'), description, ...(color === undefined ? {} : { color }) };
  return created(view(call, createLabel(world, repository, draft)));
}

function editLabel(call: RepositoryCall) {
  const label = labelOf(call);
  const before = label.name;
  label.name = readText(call.body, 'new_name') ?? label.name;
  label.color = readText(call.body, 'color') ?? label.color;
  label.description = readText(call.body, 'description') ?? label.description;
  for (const issue of call.repository.issues.values()) {
    issue.labels = issue.labels.map((name) => (name === before ? label.name : name));
  }
  return ok(view(call, label));
}

function removeLabel(call: RepositoryCall) {
  const { repository } = call;
  const label = labelOf(call);
  repository.labels = repository.labels.filter((entry) => entry !== label);
  for (const issue of repository.issues.values()) {
    issue.labels = issue.labels.filter((name) => name !== label.name);
  }
  return noContent();
}

function listOnIssue(call: RepositoryCall) {
  const labels = viewLabels(call.world, call.repository, issueOf(call).labels);
  return list<Json>(call, labels, (label) => label);
}

function change(call: RepositoryCall, next: (now: string[], named: string[]) => string[]) {
  const issue = issueOf(call);
  setLabels(call, issue, next(issue.labels, readList(call.body, 'labels') ?? []));
  return ok(viewLabels(call.world, call.repository, issue.labels));
}

function removeOne(call: RepositoryCall) {
  const issue = issueOf(call);
  const name = (call.params.name ?? '').toLowerCase();
  const rest = issue.labels.filter((label) => label.toLowerCase() !== name);
  if (rest.length === issue.labels.length) throw new Refusal(404, 'Label does not exist');
  setLabels(call, issue, rest);
  return ok(viewLabels(call.world, call.repository, issue.labels));
}
