import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createGitRepository } from '../support/git-repository.ts';
import { createGitStore } from './git/store.ts';
import { toIso } from './git/text.ts';
import { installHooks } from './hooks.ts';
import { defaultLabels } from './model/labels.ts';
import type { Repository, RepositorySettings, Role, User, World } from './state.ts';

/** As on github.com: who GITHUB_TOKEN acts for. */
export const ACTIONS_BOT: User = {
  id: 41898282,
  login: 'github-actions[bot]',
  type: 'Bot',
  name: 'github-actions[bot]',
  email: '41898282+github-actions[bot]@users.noreply.github.com',
};

export type RepositoryDraft = {
  owner: string;
  name: string;
  files: Readonly<Record<string, string>>;
  defaultBranch?: string;
  /** Default true: reading needs a permission, which finds missing ones. */
  isPrivate?: boolean;
  settings?: Partial<RepositorySettings>;
};
export type UserDraft = {
  login: string;
  type?: User['type'];
  name?: string;
  email?: string;
  /** Role by full name of a repository. */
  permission?: Readonly<Record<string, Role>>;
};
export function createWorld(now: () => Date): World {
  let lastId = 1000;
  return {
    url: '',
    now: () => toIso(now()),
    newId: () => {
      lastId += 1;
      return lastId;
    },
    users: new Map([[ACTIONS_BOT.login, ACTIONS_BOT]]),
    repositories: new Map(),
    tokens: new Map(),
    apps: [],
    gates: new Map(),
    identities: new Map(),
    events: [],
  };
}

/** Somebody with an account; asked again it adds roles. */
export function addUser(world: World, draft: UserDraft): User {
  const key = draft.login.toLowerCase();
  const id = world.users.get(key)?.id ?? world.newId();
  const user = world.users.get(key) ?? {
    id,
    login: draft.login,
    type: draft.type ?? (draft.login.endsWith('[bot]') ? 'Bot' : 'User'),
    name: draft.name ?? draft.login,
    email: draft.email ?? `${id}+${draft.login}@users.noreply.github.com`,
  };
  world.users.set(key, user);
  for (const [fullName, role] of Object.entries(draft.permission ?? {})) {
    getRepository(world, fullName).collaborators.set(key, role);
  }
  return user;
}

export async function addRepository(world: World, root: string, draft: RepositoryDraft): Promise<Repository> {
  const directory = join(root, draft.owner, `${draft.name}.git`);
  const defaultBranch = draft.defaultBranch ?? 'main';
  await mkdir(join(root, draft.owner), { recursive: true });
  await createGitRepository({ directory, bare: true, branch: defaultBranch, files: draft.files });
  const owner = addUser(world, { login: draft.owner, type: 'Organization' });
  const repository: Repository = {
    id: world.newId(),
    owner,
    name: draft.name,
    fullName: `${owner.login}/${draft.name}`,
    isPrivate: draft.isPrivate ?? true,
    defaultBranch,
    createdAt: world.now(),
    git: createGitStore(directory),
    settings: { ...DEFAULT_SETTINGS, ...draft.settings },
    lastNumber: 0,
    issues: new Map(),
    labels: defaultLabels(world),
    collaborators: new Map(),
    protections: new Map(),
    checkRuns: [],
    statuses: [],
    deployments: [],
    workflows: [],
    runs: [],
    artifacts: [],
    variables: new Map(),
    secrets: new Map(),
    environments: new Map(),
    rulesets: [],
    signed: new Set(),
    seenRefs: new Map(),
  };
  repository.seenRefs = await repository.git.refs();
  await installHooks(repository);
  world.repositories.set(repository.fullName.toLowerCase(), repository);
  return repository;
}

/** GitHub's defaults for a new repository of an organisation. */
const DEFAULT_SETTINGS: RepositorySettings = {
  allowMerge: true,
  allowSquash: true,
  allowRebase: true,
  allowAutoMerge: false,
  deleteBranchOnMerge: false,
  actionsMayOpenPulls: true,
  actionsEnabled: true,
  allowedActions: 'all',
  shaPinningRequired: false,
  defaultPermissions: 'read',
  mergeabilityReads: 0,
};

export function getRepository(world: World, fullName: string): Repository {
  const repository = world.repositories.get(fullName.toLowerCase());
  if (!repository) throw new Error(`the forge has no repository ${fullName}`);
  return repository;
}
