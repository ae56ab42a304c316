import type { Repository, World } from './state.ts';

/** Every repository as it is now, its refs included: what a stale read sees after the next write. */
export async function takeSnapshot(world: World): Promise<Map<string, Repository>> {
  const entries = await Promise.all(
    [...world.repositories].map(async ([name, { git, ...data }]) => {
      const frozen = await git.freeze();
      return [name, { ...structuredClone(data), git: frozen }] as const;
    }),
  );
  return new Map(entries);
}
