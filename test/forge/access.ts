import { notFound, Refusal } from './answers.ts';
import type { Repository, Role, Scopes, Token, World } from './state.ts';
import { findSecret } from './tokens.ts';

export const ROLES: readonly Role[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

export function roleOf(repository: Repository, login: string): Role {
  const key = login.toLowerCase();
  if (key === repository.owner.login.toLowerCase()) return 'admin';
  return repository.collaborators.get(key) ?? (repository.isPrivate ? 'none' : 'read');
}

export function hasRole(repository: Repository, login: string, wanted: Role): boolean {
  return ROLES.indexOf(roleOf(repository, login)) >= ROLES.indexOf(wanted);
}

/** Whether a token reaches a repository at all: otherwise it does not exist for it. */
export function canSee(token: Token, repository: Repository): boolean {
  if (token.repositories && !token.repositories.includes(repository.fullName.toLowerCase())) return false;
  return token.kind !== 'pat' || hasRole(repository, token.user.login, 'read');
}

/** What of a public repository anybody reads. */
const PUBLIC = ['actions', 'checks', 'contents', 'deployments', 'issues', 'pull_requests', 'statuses'];

export function hasScopes(token: Token, repository: Repository, scopes: Scopes): boolean {
  return Object.entries(scopes).every(([scope, level]) => {
    if (scope === 'metadata') return true;
    const given = token.permissions?.[scope as keyof Scopes];
    if (token.permissions === null || given === 'write' || given === level) return true;
    return level === 'read' && !repository.isPrivate && PUBLIC.includes(scope);
  });
}

type Demand = { needs: readonly Scopes[]; role: Role };

/** Throws what GitHub answers where a token may not do this. */
export function demandAccess(token: Token, repository: Repository, { needs, role }: Demand): void {
  if (!canSee(token, repository)) throw notFound();
  if (needs.length > 0 && !needs.some((scopes) => hasScopes(token, repository, scopes))) {
    const who = token.kind === 'pat' ? 'personal access token' : 'integration';
    const accepted = { 'x-accepted-github-permissions': needs.map(toAccepted).join('; ') };
    throw new Refusal(403, `Resource not accessible by ${who}`, {}, accepted);
  }
  if (token.kind === 'pat' && !hasRole(repository, token.user.login, role)) {
    throw new Refusal(403, 'Must have admin rights to Repository.');
  }
}

function toAccepted(scopes: Scopes): string {
  return Object.entries(scopes)
    .map((pair) => pair.join('='))
    .join(',');
}

/** git over HTTP: `contents`, and a person's role. */
export function findGitAccess(world: World, secret: string, fullName: string) {
  const repository = world.repositories.get(fullName.toLowerCase());
  const token = findSecret(world, secret);
  if (!repository) return 'missing' as const;
  if (!token) {
    return repository.isPrivate ? undefined : { login: 'anonymous', write: false };
  }
  if (!canSee(token, repository) || !hasScopes(token, repository, { contents: 'read' })) {
    return 'missing' as const;
  }
  const mayPush = token.kind !== 'pat' || hasRole(repository, token.user.login, 'write');
  const mayTouchWorkflows =
    token.scopes?.includes('workflow') ?? (token.kind === 'pat' || token.permissions?.workflows === 'write');
  return {
    login: token.user.login,
    write: mayPush && hasScopes(token, repository, { contents: 'write' }),
    environment: { FORGE_WORKFLOWS: mayTouchWorkflows ? 'yes' : 'no' },
  };
}
