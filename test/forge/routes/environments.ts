import { list, notFound, ok, Refusal, type RepositoryCall, type Route } from '../answers.ts';
import { type EnvironmentDraft, ensureEnvironment } from '../model/environments.ts';
import type { Environment, Json, User } from '../state.ts';
import { apiOf, htmlOf } from '../views/repository.ts';
import { toNodeId, viewUser } from '../views/user.ts';
import { viewSecrets } from './action-settings.ts';

const READ = [{ actions: 'read' }] as const;
const ADMIN = { needs: [{ administration: 'write' }], role: 'admin' } as const;
const one = '/environments/{environment_name}';

export const environmentRoutes: readonly Route[] = [
  { method: 'GET', path: '/environments', needs: READ, handle: listEnvironments },
  { method: 'GET', path: one, needs: READ, handle: (call) => ok(view(call, environmentOf(call))) },
  { method: 'PUT', path: one, ...ADMIN, handle: put },
  { method: 'GET', path: `${one}/deployment-branch-policies`, needs: READ, handle: listPolicies },
  { method: 'POST', path: `${one}/deployment-branch-policies`, ...ADMIN, handle: addPolicy },
  {
    method: 'GET',
    path: `${one}/secrets`,
    needs: [{ environments: 'read' }],
    role: 'write',
    handle: (call) => viewSecrets(call, environmentOf(call).secrets, environmentOf(call).createdAt),
  },
];

function environmentOf({ repository, params }: RepositoryCall): Environment {
  const found = repository.environments.get((params.environment_name ?? '').toLowerCase());
  if (!found) throw notFound();
  return found;
}

export function viewReviewers({ world }: RepositoryCall, reviewers: readonly User[]): Json[] {
  return reviewers.map((user) => ({ type: 'User', reviewer: viewUser(world, user) }));
}

export function viewEnvironmentLink({ world, repository }: RepositoryCall, environment: Environment): Json {
  const path = encodeURIComponent(environment.name);
  return {
    id: environment.id,
    node_id: toNodeId('EN', environment.id),
    name: environment.name,
    url: `${apiOf(world, repository)}/environments/${path}`,
    html_url: `${htmlOf(world, repository)}/deployments/activity_log?environments_filter=${path}`,
  };
}

function view(call: RepositoryCall, environment: Environment): Json {
  const { id, reviewers, branches } = environment;
  const needsReview = reviewers.length > 0;
  return {
    ...viewEnvironmentLink(call, environment),
    created_at: environment.createdAt,
    updated_at: environment.createdAt,
    protection_rules: [
      ...(needsReview
        ? [
            {
              id,
              node_id: toNodeId('GA', id),
              type: 'required_reviewers',
              prevent_self_review: environment.preventSelfReview,
              reviewers: viewReviewers(call, reviewers),
            },
          ]
        : []),
      ...(branches === null ? [] : [{ id: id + 1, node_id: toNodeId('GA', id + 1), type: 'branch_policy' }]),
    ],
    deployment_branch_policy:
      branches === null
        ? null
        : { protected_branches: branches === 'protected', custom_branch_policies: branches !== 'protected' },
  };
}

function listEnvironments(call: RepositoryCall) {
  return list(
    call,
    [...call.repository.environments.values()],
    (environment) => view(call, environment),
    (environments, total) => ({ total_count: total, environments }),
  );
}

type Wanted = {
  prevent_self_review?: boolean;
  reviewers?: { type: string; id: number }[] | null;
  deployment_branch_policy?: { protected_branches: boolean; custom_branch_policies: boolean } | null;
};

function put(call: RepositoryCall) {
  const { world, repository, params } = call;
  const wanted = call.body as Wanted;
  const users = [...world.users.values()];
  const policy = wanted.deployment_branch_policy;
  if (policy && policy.protected_branches === policy.custom_branch_policies) {
    throw new Refusal(422, 'Validation Failed: one of protected_branches and custom_branch_policies');
  }
  const draft: EnvironmentDraft = {
    reviewers: (wanted.reviewers ?? []).flatMap(({ id }) => users.find((user) => user.id === id) ?? []),
    preventSelfReview: wanted.prevent_self_review ?? false,
    branches: policy ? (policy.protected_branches ? 'protected' : []) : null,
  };
  return ok(view(call, ensureEnvironment(world, repository, params.environment_name ?? '', draft)));
}

const viewPolicy = (name: string, index: number): Json => ({
  id: index + 1,
  node_id: toNodeId('GA', name),
  name,
  type: 'branch',
});

const namesOf = ({ branches }: Environment): string[] => (Array.isArray(branches) ? branches : []);

function listPolicies(call: RepositoryCall) {
  const names = namesOf(environmentOf(call));
  return ok({ total_count: names.length, branch_policies: names.map(viewPolicy) });
}

function addPolicy(call: RepositoryCall) {
  const { branches } = environmentOf(call);
  if (!Array.isArray(branches)) throw notFound();
  const length = branches.push(String(call.body.name));
  return ok(viewPolicy(String(call.body.name), length - 1));
}
