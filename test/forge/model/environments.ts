import picomatch from 'picomatch';
import type { Environment, Repository, World } from '../state.ts';
import { rulesFor } from './rules.ts';

export type EnvironmentDraft = Partial<Omit<Environment, 'id' | 'name' | 'createdAt'>>;

/** Made when first named, as by a job; what is given replaces what was. */
export function ensureEnvironment(
  world: World,
  repository: Repository,
  name: string,
  draft: EnvironmentDraft = {},
): Environment {
  const known = repository.environments.get(name.toLowerCase()) ?? {
    id: world.newId(),
    name,
    reviewers: [],
    preventSelfReview: false,
    branches: null,
    secrets: new Map(),
    variables: new Map(),
    createdAt: world.now(),
  };
  const environment = { ...known, ...draft };
  repository.environments.set(name.toLowerCase(), environment);
  return environment;
}

/** Whether jobs of a branch may use an environment. */
export function mayDeploy(repository: Repository, { branches }: Environment, branch: string): boolean {
  if (branches === null) return true;
  if (branches === 'protected') return rulesFor(repository, branch) !== undefined;
  return picomatch.isMatch(branch, branches);
}
