import type { Actor, Json, Repository, World } from '../state.ts';
import { viewRepository } from '../views/repository.ts';
import { viewOrganization, viewUser } from '../views/user.ts';

/** Where something happens, and who does it. */
export type Place = { world: World; repository: Repository; actor: Actor };

/** Puts an event into the queue; it is told once the request that caused it is done. */
export function emit(
  { world, repository, actor }: Place,
  event: string,
  action: string | undefined,
  payload: Json | (() => Promise<Json>),
): void {
  const frame = frameOf({ world, repository, actor }, action);
  const build = async () => ({ ...frame, ...(typeof payload === 'function' ? await payload() : payload) });
  world.events.push({ event, action, repository, actor, build });
}

/** What stands in every payload. */
export function frameOf({ world, repository, actor }: Place, action: string | undefined): Json {
  return {
    ...(action === undefined ? {} : { action }),
    repository: viewRepository(world, repository),
    organization: viewOrganization(world, repository.owner),
    sender: viewUser(world, actor.user),
  };
}
