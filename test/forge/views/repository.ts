import type { Json, Repository, World } from '../state.ts';
import { toNodeId, viewPermissions, viewUser } from './user.ts';

export const apiOf = (world: World, { fullName }: Repository) => `${world.url}/repos/${fullName}`;
export const htmlOf = (world: World, { fullName }: Repository) => `${world.url}/${fullName}`;

/** Links of a repository: the ones GitHub puts into every form of it. */
const LINKS: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

/** The short form, as in events, runs and statuses. */
export function viewMinimalRepository(world: World, repository: Repository): Json {
  const api = apiOf(world, repository);
  return {
    id: repository.id,
    node_id: toNodeId('R', repository.id),
    name: repository.name,
    full_name: repository.fullName,
    owner: viewUser(world, repository.owner),
    private: repository.isPrivate,
    html_url: htmlOf(world, repository),
    description: null,
    fork: false,
    url: api,
    ...Object.fromEntries(Object.entries(LINKS).map(([key, path]) => [key, `${api}${path}`])),
  };
}

/** The form inside pull requests and events. */
export function viewRepository(world: World, repository: Repository): Json {
  const html = htmlOf(world, repository);
  const open = [...repository.issues.values()].filter(({ state }) => state === 'open').length;
  return {
    ...viewMinimalRepository(world, repository),
    clone_url: `${html}.git`,
    git_url: `${html}.git`,
    ssh_url: `git@forge:${repository.fullName}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    size: 1,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: open,
    open_issues_count: open,
    default_branch: repository.defaultBranch,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    visibility: repository.isPrivate ? 'private' : 'public',
    topics: [],
    is_template: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    pushed_at: repository.createdAt,
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
  };
}

/** What `GET /repos/{owner}/{repo}` answers; settings only for who may push. */
export function viewFullRepository(world: World, repository: Repository, login: string): Json {
  const { settings } = repository;
  return {
    ...viewRepository(world, repository),
    permissions: viewPermissions(repository, login),
    network_count: 0,
    subscribers_count: 0,
    allow_merge_commit: settings.allowMerge,
    allow_squash_merge: settings.allowSquash,
    allow_rebase_merge: settings.allowRebase,
    allow_auto_merge: settings.allowAutoMerge,
    delete_branch_on_merge: settings.deleteBranchOnMerge,
    allow_update_branch: false,
  };
}
