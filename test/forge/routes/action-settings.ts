import { list, noContent, notFound, ok, Refusal, type RepositoryCall, type Route } from '../answers.ts';
import type { Json, RepositorySettings } from '../state.ts';
import { apiOf } from '../views/repository.ts';

const READ = { needs: [{ administration: 'read' }], role: 'admin' } as const;
const WRITE = { needs: [{ administration: 'write' }], role: 'admin' } as const;
const SECRETS = [{ secrets: 'read' }] as const;
const VARIABLES = [{ actions_variables: 'read' }] as const;

/** Settings of Actions: a job's own token can be given none of these permissions. */
export const actionSettingRoutes: readonly Route[] = [
  { method: 'GET', path: '/actions/permissions', ...READ, handle: getPermissions },
  { method: 'PUT', path: '/actions/permissions', ...WRITE, handle: putPermissions },
  { method: 'GET', path: '/actions/permissions/selected-actions', ...READ, handle: getSelected },
  { method: 'GET', path: '/actions/permissions/workflow', ...READ, handle: getDefaults },
  { method: 'PUT', path: '/actions/permissions/workflow', ...WRITE, handle: putDefaults },
  {
    method: 'GET',
    path: '/actions/permissions/fork-pr-contributor-approval',
    ...READ,
    handle: () => ok({ approval_policy: 'first_time_contributors' }),
  },
  {
    method: 'GET',
    path: '/actions/oidc/customization/sub',
    needs: [{ actions: 'read' }],
    handle: ({ repository: { owner, name, id } }) =>
      ok({
        use_default: true,
        use_immutable_subject: true,
        sub_claim_prefix: `repo:${owner.login}@${owner.id}/${name}@${id}`,
      }),
  },
  { method: 'GET', path: '/actions/secrets', needs: SECRETS, role: 'write', handle: listSecrets },
  {
    method: 'GET',
    path: '/actions/organization-secrets',
    needs: SECRETS,
    role: 'write',
    handle: () => ok({ total_count: 0, secrets: [] }),
  },
  { method: 'GET', path: '/actions/variables', needs: VARIABLES, role: 'write', handle: listVariables },
  { method: 'GET', path: '/actions/variables/{name}', needs: VARIABLES, role: 'write', handle: getVariable },
];

function getPermissions({ world, repository }: RepositoryCall) {
  const { actionsEnabled, allowedActions, shaPinningRequired } = repository.settings;
  if (!actionsEnabled) return ok({ enabled: false, sha_pinning_required: shaPinningRequired });
  return ok({
    enabled: true,
    allowed_actions: allowedActions,
    ...(allowedActions === 'selected'
      ? { selected_actions_url: `${apiOf(world, repository)}/actions/permissions/selected-actions` }
      : {}),
    sha_pinning_required: shaPinningRequired,
  });
}

function putPermissions({ repository, body }: RepositoryCall) {
  repository.settings.actionsEnabled = body.enabled === true;
  if (body.allowed_actions !== undefined) {
    repository.settings.allowedActions = body.allowed_actions as RepositorySettings['allowedActions'];
  }
  if (body.sha_pinning_required !== undefined) {
    repository.settings.shaPinningRequired = body.sha_pinning_required === true;
  }
  return noContent();
}

function getSelected({ repository }: RepositoryCall) {
  if (repository.settings.allowedActions !== 'selected') {
    throw new Refusal(409, 'Selected actions are not enabled for this repository');
  }
  return ok({ github_owned_allowed: true, verified_allowed: false, patterns_allowed: [] });
}

function getDefaults({ repository }: RepositoryCall) {
  const { defaultPermissions, actionsMayOpenPulls } = repository.settings;
  return ok({
    default_workflow_permissions: defaultPermissions,
    can_approve_pull_request_reviews: actionsMayOpenPulls,
  });
}

function putDefaults({ repository, body }: RepositoryCall) {
  const { settings } = repository;
  const level = body.default_workflow_permissions as RepositorySettings['defaultPermissions'] | undefined;
  settings.defaultPermissions = level ?? settings.defaultPermissions;
  if (body.can_approve_pull_request_reviews !== undefined) {
    settings.actionsMayOpenPulls = body.can_approve_pull_request_reviews === true;
  }
  return noContent();
}

/** Names and times only: nobody reads a secret again. */
export const viewSecrets = (call: RepositoryCall, secrets: ReadonlyMap<string, string>, at: string) =>
  list(
    call,
    [...secrets.keys()].toSorted(),
    (name) => ({ name, created_at: at, updated_at: at }),
    (items, total) => ({ total_count: total, secrets: items }),
  );

function listSecrets(call: RepositoryCall) {
  return viewSecrets(call, call.repository.secrets, call.repository.createdAt);
}

function viewVariable({ repository }: RepositoryCall, name: string): Json {
  const at = repository.createdAt;
  return { name, value: repository.variables.get(name), created_at: at, updated_at: at };
}

function listVariables(call: RepositoryCall) {
  return list(
    call,
    [...call.repository.variables.keys()],
    (name) => viewVariable(call, name),
    (variables, total) => ({ total_count: total, variables }),
  );
}

function getVariable(call: RepositoryCall) {
  const name = (call.params.name ?? '').toUpperCase();
  if (!call.repository.variables.has(name)) throw notFound();
  return ok(viewVariable(call, name));
}
