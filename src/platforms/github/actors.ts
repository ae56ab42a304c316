import type { Actor } from '../../core/events/envelope.ts';
import type { ActorPort, Permission } from '../../ports/platform/people.ts';
import { type Account, collaborator, type RawComment } from './answers.ts';
import { refusedWith } from './failure.ts';
import type { Api } from './request.ts';
import type { Self } from './self.ts';

/** `role_name` says more than `permission`, which knows neither triage nor maintain; custom roles have their base there. */
const permissions: Readonly<Record<string, Permission>> = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'triage',
  read: 'read',
};

/** A login of a person; what GitHub appends for bots and what else a payload may hold is not asked for. */
const LOGIN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

export function createActorPort(api: Api, self: () => Promise<Self>): ActorPort {
  return {
    self,
    async permission({ id, login }): Promise<Permission> {
      if (!LOGIN.test(login)) return 'none';
      try {
        const found = await api.get(
          collaborator,
          'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
          {
            username: login,
          },
        );
        // Logins can be renamed and registered again by somebody else: the number is the person.
        if (found.user?.type !== 'User' || String(found.user.id) !== id) return 'none';
        return permissions[found.role_name ?? ''] ?? permissions[found.permission] ?? 'none';
      } catch (error) {
        if (refusedWith(error) === undefined) throw error;
        return 'none';
      }
    },
  };
}

/** GitHub shows what deleted accounts wrote as by nobody. */
const GHOST = { id: '10137', login: 'ghost' };

/** Only an account of a person that acted without an app in between is human; everything else never triggers anything. */
export function toActor(
  user: Account | null | undefined,
  app?: RawComment['performed_via_github_app'],
): Actor {
  if (!user) return { kind: 'system', ...GHOST, via: 'github' };
  const kind = user.type === 'User' && !app ? 'human' : 'system';
  const via = app ? `app:${app.slug ?? ''}`.slice(0, 60) : 'github';
  return { kind, id: String(user.id), login: user.login, via };
}
