import { hasRole, roleOf } from '../access.ts';
import { type Call, list, noContent, notFound, ok, type RepositoryCall, type Route } from '../answers.ts';
import type { Role, User } from '../state.ts';
import { viewFullRepository } from '../views/repository.ts';
import { viewPermissions, viewProfile, viewUser } from '../views/user.ts';

/** Operations on no repository. */
export const generalRoutes: readonly Route<Call>[] = [
  { method: 'GET', path: '/user', needs: [], handle: getMyself },
  { method: 'GET', path: '/users/{username}', needs: [], handle: getUser },
  { method: 'GET', path: '/rate_limit', needs: [], handle: getRateLimit },
  { method: 'DELETE', path: '/installation/token', needs: [], handle: revokeToken },
];

export const repositoryRoutes: readonly Route[] = [
  { method: 'GET', path: '', needs: [{ metadata: 'read' }], handle: getRepository },
  { method: 'GET', path: '/collaborators', needs: [{ metadata: 'read' }], handle: listCollaborators },
  {
    method: 'GET',
    path: '/collaborators/{username}',
    needs: [{ metadata: 'read' }],
    handle: (call) => {
      if (!call.repository.collaborators.has(call.params.username?.toLowerCase() ?? '')) throw notFound();
      return noContent();
    },
  },
  {
    method: 'GET',
    path: '/collaborators/{username}/permission',
    needs: [{ metadata: 'read' }],
    handle: getPermission,
  },
  { method: 'GET', path: '/assignees', needs: [{ metadata: 'read' }], handle: listAssignees },
  {
    method: 'GET',
    path: '/assignees/{assignee}',
    needs: [{ metadata: 'read' }],
    handle: ({ repository, params }) => {
      if (!canBeAssigned(repository, params.assignee ?? '')) throw notFound();
      return noContent();
    },
  },
];

/** Only for people: an installation or job token has no user behind it. */
function getMyself({ world, token, actor }: Call) {
  if (token.kind !== 'pat')
    return { status: 403, body: { message: 'Resource not accessible by integration' } };
  return ok(viewProfile(world, actor.user));
}

function getUser({ world, params }: Call) {
  const user = world.users.get(params.username?.toLowerCase() ?? '');
  if (!user) throw notFound();
  return ok(viewProfile(world, user));
}

function getRateLimit({ token }: Call) {
  const { limit, used } = token;
  const reset = Math.floor(Date.now() / 1000) + 3600;
  const core = { limit, used, remaining: limit - used, reset };
  const search = { limit: 30, used: 0, remaining: 30, reset };
  return ok({ resources: { core, search, graphql: core }, rate: core });
}

function revokeToken({ token }: Call) {
  token.isRevoked = true;
  return noContent();
}

function getRepository({ world, repository, actor }: RepositoryCall) {
  return ok(viewFullRepository(world, repository, actor.user.login));
}

function viewCollaborator({ world, repository }: RepositoryCall, user: User) {
  const permissions = viewPermissions(repository, user.login);
  return { ...viewUser(world, user), permissions, role_name: roleOf(repository, user.login) };
}

function listCollaborators(call: RepositoryCall) {
  const users = [...call.repository.collaborators.keys()].flatMap(
    (login) => call.world.users.get(login) ?? [],
  );
  return list(call, users, (user) => viewCollaborator(call, user));
}

/** `maintain` counts as write and `triage` as read; the role itself stands beside it. */
function getPermission(call: RepositoryCall) {
  const { world, repository, params } = call;
  const user = world.users.get(params.username?.toLowerCase() ?? '');
  if (user?.type !== 'User') {
    return { status: 404, body: { message: `${params.username} is not a user`, status: '404' } };
  }
  const role = roleOf(repository, user.login);
  const base: Partial<Record<Role, string>> = { maintain: 'write', triage: 'read' };
  return ok({ permission: base[role] ?? role, role_name: role, user: viewCollaborator(call, user) });
}

/** People who may push, and bots of apps that are installed here. */
export function canBeAssigned(repository: RepositoryCall['repository'], login: string): boolean {
  return login.endsWith('[bot]') || hasRole(repository, login, 'triage');
}

function listAssignees(call: RepositoryCall) {
  const { world, repository } = call;
  const users = [...world.users.values()].filter(
    ({ login, type }) => type === 'User' && canBeAssigned(repository, login),
  );
  return list(call, users, (user) => viewUser(world, user));
}
