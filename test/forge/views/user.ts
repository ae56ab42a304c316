import { roleOf } from '../access.ts';
import type { Json, Reaction, Repository, TokenKind, User, World } from '../state.ts';

/** Ids of GraphQL: the kind and the number can be read back from them. */
export function toNodeId(kind: string, id: number | string): string {
  return `${kind}_${Buffer.from(`${kind}:${id}`).toString('base64url')}`;
}

export function fromNodeId(nodeId: string): { kind: string; id: string } {
  const text = Buffer.from(nodeId.slice(nodeId.indexOf('_') + 1), 'base64url').toString();
  const [kind = '', ...id] = text.split(':');
  return { kind, id: id.join(':') };
}

export function viewUser(world: World, user: User): Json {
  const api = `${world.url}/users/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: user.id,
    node_id: toNodeId('U', user.id),
    avatar_url: `${world.url}/avatars/u/${user.id}?v=4`,
    gravatar_id: '',
    url: api,
    html_url: `${world.url}/${user.type === 'Bot' ? 'apps/' : ''}${encodeURIComponent(user.login.replace(/\[bot\]$/, ''))}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

export function viewOrganization(world: World, owner: User): Json {
  const api = `${world.url}/orgs/${owner.login}`;
  const { login, id, avatar_url } = viewUser(world, owner);
  return {
    login,
    id,
    node_id: toNodeId('O', owner.id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url,
    description: null,
  };
}

export function viewUserOrNull(world: World, user: User | null): Json | null {
  return user && viewUser(world, user);
}

/** The profile: what `/user` and `/users/{username}` add. */
export function viewProfile(world: World, user: User): Json {
  return {
    ...viewUser(world, user),
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: user.type === 'User' ? user.email : null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  };
}

export function viewAssociation(repository: Repository, user: User): string {
  if (user.login === repository.owner.login) return 'OWNER';
  const role = repository.collaborators.get(user.login.toLowerCase());
  if (role && role !== 'none') return repository.owner.type === 'Organization' ? 'MEMBER' : 'COLLABORATOR';
  const hasMerged = [...repository.issues.values()].some(
    (issue) => issue.pull?.mergedAt && issue.user.id === user.id,
  );
  return hasMerged ? 'CONTRIBUTOR' : 'NONE';
}

export function viewPermissions(repository: Repository, login: string): Json {
  const role = roleOf(repository, login);
  return {
    admin: role === 'admin',
    maintain: ['admin', 'maintain'].includes(role),
    push: ['admin', 'maintain', 'write'].includes(role),
    triage: ['admin', 'maintain', 'write', 'triage'].includes(role),
    pull: role !== 'none',
  };
}

const CONTENTS = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'] as const;

export function viewRollup(reactions: readonly Reaction[], url: string): Json {
  const counts = CONTENTS.map((name) => [name, reactions.filter(({ content }) => content === name).length]);
  return { url: `${url}/reactions`, total_count: reactions.length, ...Object.fromEntries(counts) };
}

/** `performed_via_github_app`: what tells that an app did it, also in a person's name. */
export function viewApp(world: World, kind: TokenKind | 'none', user: User): Json | null {
  if (kind === 'pat' || kind === 'none') return null;
  const slug = kind === 'actions' ? 'github-actions' : user.login.replace(/\[bot\]$/, '');
  return {
    id: kind === 'actions' ? 15368 : user.id,
    slug,
    node_id: toNodeId('A', slug),
    client_id: `Iv1.${user.id}`,
    owner: viewUser(world, user),
    name: slug,
    description: '',
    external_url: world.url,
    html_url: `${world.url}/apps/${slug}`,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    permissions: {},
    events: [],
  };
}
