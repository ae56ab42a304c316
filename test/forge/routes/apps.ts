import { type Answer, created, notFound, ok, Refusal, readList } from '../answers.ts';
import { findApp } from '../apps.ts';
import { findRoute, toPattern } from '../openapi-routes.ts';
import type { App, Installation, Json, Level, Repository, Scopes, World } from '../state.ts';
import { createToken, inAnHour } from '../tokens.ts';
import { viewFullRepository } from '../views/repository.ts';
import { toNodeId, viewUser } from '../views/user.ts';

type AppCall = { world: World; app: App; params: Readonly<Record<string, string>>; body: Json };
type AppRoute = { method: string; names: string[]; pattern: RegExp; handle(call: AppCall): Answer };

/** Operations of an app in its own name, by a JWT. */
const routes: readonly AppRoute[] = (
  [
    ['get', '/app', ({ world, app }) => ok(viewRegistration(world, app))],
    ['get', '/app/installations', (call) => ok(call.app.installations.map((one) => view(call, one)))],
    ['get', '/app/installations/{id}', (call) => ok(view(call, installationOf(call)))],
    ['post', '/app/installations/{id}/access_tokens', createAccessToken],
    ['get', '/repos/{owner}/{repo}/installation', findOnRepository],
    ['get', '/orgs/{account}/installation', findOnAccount],
    ['get', '/users/{account}/installation', findOnAccount],
  ] satisfies [string, string, (call: AppCall) => Answer][]
).map(([method, path, handle]) => ({ method, handle, ...toPattern(path) }));

export type AppRequest = {
  world: World;
  authorization: string | undefined;
  method: string;
  path: string;
  body: Json;
};

/** Undefined where this is nothing an app does in its own name. */
export function answerApp({ world, authorization, method, path, body }: AppRequest): Answer | undefined {
  const route = findRoute(routes, method, path);
  if (!route) return undefined;
  const app = findApp(world, authorization);
  const values = route.pattern.exec(path)?.slice(1).map(decodeURIComponent) ?? [];
  const params = Object.fromEntries(route.names.map((name, index) => [name, values[index] ?? '']));
  return route.handle({ world, app, params, body });
}

function viewRegistration(world: World, app: App): Json {
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: toNodeId('A', app.id),
    owner: viewUser(world, app.owner),
    name: app.slug,
    description: '',
    external_url: `${world.url}/apps/${app.slug}`,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    permissions: app.permissions,
    events: [],
    installations_count: app.installations.length,
  };
}

function view({ world, app }: AppCall, installation: Installation): Json {
  const { id, account, createdAt } = installation;
  return {
    id,
    client_id: app.clientId,
    account: viewUser(world, account),
    repository_selection: installation.repositories === null ? 'all' : 'selected',
    access_tokens_url: `${world.url}/app/installations/${id}/access_tokens`,
    repositories_url: `${world.url}/installation/repositories`,
    html_url: `${world.url}/organizations/${account.login}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: app.permissions,
    events: [],
    created_at: createdAt,
    updated_at: createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: installation.suspendedAt,
  };
}

function installationOf({ app, params }: AppCall): Installation {
  const found = app.installations.find(({ id }) => id === Number(params.id));
  if (!found) throw notFound();
  return found;
}

function findOnRepository(call: AppCall): Answer {
  const { world, app, params } = call;
  const repository = world.repositories.get(`${params.owner}/${params.repo}`.toLowerCase());
  const found = app.installations.find((one) => repository && isInstalledOn(one, repository));
  if (!found) throw notFound();
  return ok(view(call, found));
}

function isInstalledOn({ account, repositories }: Installation, repository: Repository): boolean {
  if (account.id !== repository.owner.id) return false;
  return repositories === null || repositories.includes(repository.fullName.toLowerCase());
}

function findOnAccount(call: AppCall): Answer {
  const login = call.params.account?.toLowerCase();
  const found = call.app.installations.find(({ account }) => account.login.toLowerCase() === login);
  if (!found) throw notFound();
  return ok(view(call, found));
}

/** For an hour; `repositories` and `permissions` make it less than the installation, never more. */
function createAccessToken(call: AppCall): Answer {
  const { world, app, body } = call;
  const installation = installationOf(call);
  if (installation.suspendedAt !== null) throw new Refusal(403, 'This installation has been suspended');
  const chosen = chooseRepositories(call, installation);
  const permissions = narrow(app.permissions, body.permissions as Scopes | undefined);
  const reachable = [...world.repositories.values()].filter((one) => isInstalledOn(installation, one));
  const token = createToken(world, {
    kind: 'app',
    login: app.user.login,
    permissions,
    repositories: (chosen ?? reachable).map(({ fullName }) => fullName),
    expiresAt: inAnHour(world),
  });
  return created({
    token: token.secret,
    expires_at: token.expiresAt,
    permissions,
    repository_selection: chosen || installation.repositories ? 'selected' : 'all',
    ...(chosen ? { repositories: chosen.map((one) => viewFullRepository(world, one, app.user.login)) } : {}),
  });
}

function chooseRepositories({ world, body }: AppCall, installation: Installation): Repository[] | undefined {
  const names = readList(body, 'repositories');
  const ids = body.repository_ids as number[] | undefined;
  if (!names && !ids) return undefined;
  const all = [...world.repositories.values()].filter((one) => isInstalledOn(installation, one));
  const wanted = [
    ...(names ?? []).map((name) => all.find((one) => one.name.toLowerCase() === name.toLowerCase())),
    ...(ids ?? []).map((id) => all.find((one) => one.id === id)),
  ];
  return wanted.map((one) => {
    if (one) return one;
    throw new Refusal(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  });
}

function narrow(granted: Scopes, wanted: Scopes | undefined): Scopes {
  if (!wanted) return granted;
  const levels: readonly (Level | undefined)[] = [undefined, 'read', 'write'];
  for (const [scope, level] of Object.entries(wanted)) {
    if (levels.indexOf(level) > levels.indexOf(granted[scope as keyof Scopes])) {
      throw new Refusal(422, 'The permissions requested are not granted to this installation.');
    }
  }
  return { metadata: 'read', ...wanted };
}
