import type { GitFault, GitRequest } from '../support/git-server.ts';
import type { ForgeCore } from './core.ts';
import { wantsStale } from './faults.ts';
import { tellPushes } from './model/refs.ts';
import { takeSnapshot } from './snapshot.ts';
import type { Actor, World } from './state.ts';

/** Faults of git requests, and what follows from a push: refs are compared, so that a refused one changes nothing. */
export function watchPushes(core: ForgeCore) {
  const { world } = core;
  return {
    async intercept({ method, repository, service }: GitRequest): Promise<GitFault | undefined> {
      const path = `/${repository}.git${service}`;
      const effect = core.faults.take({ kind: 'git', method, path, operations: [] });
      const wantsFormer = core.faults.pending().some(wantsStale);
      if (service === '/git-receive-pack' && wantsFormer) core.former = await takeSnapshot(world);
      if (effect?.kind === 'answer') return { status: effect.status, headers: effect.headers ?? {} };
      if (effect?.kind === 'drop') return effect.after ? 'cut-after' : 'cut-before';
      return undefined;
    },
    async settle({ repository: name, service, login }: GitRequest): Promise<void> {
      const repository = world.repositories.get(name.toLowerCase());
      if (service !== '/git-receive-pack' || !repository) return;
      await core.inTurn(async () => {
        await tellPushes({ world, repository, actor: toActor(world, login ?? '') });
        await core.tellEvents();
      });
    },
  };
}

function toActor(world: World, login: string): Actor {
  const user = world.users.get(login.toLowerCase());
  if (!user) throw new Error(`nobody called ${login} pushed`);
  if (user.type !== 'Bot') return { user, kind: 'pat' };
  return { user, kind: login === 'github-actions[bot]' ? 'actions' : 'app' };
}
