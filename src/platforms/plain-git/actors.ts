import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActorPort, Permission } from '../../ports/platform/people.ts';
import type { PlainGit } from './trunk.ts';

/**
 * Git knows no accounts. In a repository on this machine whoever wrote into an issue's file could write the file, so
 * the permission is that of the folder; of a remote nobody can say who may write but we ourselves.
 */
export function createActorPort(plain: PlainGit): ActorPort {
  const self = () => {
    const { name, email } = plain.identity();
    return { kind: 'system' as const, id: email, login: name, via: 'plain-git', name, email };
  };
  return {
    // The promise form turns a missing identity into a rejection.
    self: () => Promise.resolve().then(self),
    async permission(actor): Promise<Permission> {
      try {
        if (plain.refs.isRemote) return isSelf(actor, self()) ? 'write' : 'none';
        await access(join(plain.gitDirectory, 'objects'), constants.W_OK);
        await access(join(plain.gitDirectory, 'refs'), constants.W_OK);
        return 'write';
      } catch {
        return 'none';
      }
    },
  };
}

function isSelf(actor: { id: string; login: string }, self: { id: string; login: string }): boolean {
  return actor.id === self.id || (actor.id === self.login && actor.login === self.login);
}
