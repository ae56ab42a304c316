import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGitListener, type GitListener } from '../support/git-server.ts';
import { findGitAccess } from './access.ts';
import { answerIdentity, isIdentityPath } from './actions/identity.ts';
import { type Actions, createActions } from './actions/service.ts';
import { type AppDraft, addApp } from './apps.ts';
import { createCore, type ForgeCore, type ForgeOptions } from './core.ts';
import { answerApi } from './exchange.ts';
import { sendLog } from './job-log.ts';
import { watchPushes } from './pushes.ts';
import type { App, Json, Repository, Token, User, World } from './state.ts';
import { createToken, type TokenDraft } from './tokens.ts';
import { addRepository, addUser, getRepository, type RepositoryDraft, type UserDraft } from './world.ts';

export type ApiResult = { status: number; data: unknown; headers: Headers };

export type Forge = Pick<ForgeCore, 'faults' | 'requests' | 'violations' | 'webhooks'> & {
  /** Base of the REST API; also GITHUB_SERVER_URL. GraphQL is at `/graphql`; `/api/v3` and `/api/graphql` work too. */
  url: string;
  world: World;
  actions: Actions;
  gitUrl(owner: string, repo: string): string;
  addRepository(draft: RepositoryDraft): Promise<Repository>;
  addUser(draft: UserDraft): User;
  createToken(draft: TokenDraft): Token;
  /** A GitHub App, to be authorised by a JWT of its key. */
  addApp(draft: AppDraft): App;
  /** The state of a repository by its full name: for looking, and for settings. */
  repository(fullName: string): Repository;
  /** A request over HTTP with a token, as a person or tool makes it. */
  call(token: Token | string, method: string, path: string, body?: Json): Promise<ApiResult>;
  /** Until every webhook is delivered; merge queues go on by a step. */
  settled(): Promise<void>;
  /** Throws where there are violations nobody has taken out. */
  close(): Promise<void>;
};

/** A stateful GitHub for tests, on real bare repositories. See README.md beside this file. */
export async function createForge(options: ForgeOptions): Promise<Forge> {
  const core = createCore(options);
  const { world } = core;
  const actions = createActions(core, options.root);
  core.onEvents = actions.pump;
  const git = createGitListener({
    root: options.root,
    findAccess: (secret, repository) => findGitAccess(world, secret, repository),
    ...watchPushes(core),
  });
  const server = createServer((request, response) => void answer(core, git, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...core,
    actions,
    url: world.url,
    gitUrl: (owner, repo) => `${world.url}/${owner}/${repo}.git`,
    addRepository: (draft) => addRepository(world, options.root, draft),
    addUser: (draft) => addUser(world, draft),
    createToken: (draft) => createToken(world, draft),
    addApp: (draft) => addApp(world, draft),
    repository: (fullName) => getRepository(world, fullName),
    call: (token, method, path, body) => callApi(world, token, { method, path, body }),
    async settled() {
      await core.inTurn(core.tellEvents);
      await core.webhooks.settled();
    },
    async close() {
      await actions.stop();
      git.stop();
      for (const repository of world.repositories.values()) repository.git.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (core.violations.length > 0) {
        throw new Error(`the forge saw violations: ${JSON.stringify(core.violations, null, 2)}`);
      }
    },
  };
}

const GIT = /^\/[\w.-]+\/[\w.-]+\/(?:info\/refs|git-(?:upload|receive)-pack)$/;

async function answer(
  core: ForgeCore,
  git: GitListener,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (GIT.test(pathname)) await git.answer(request, response);
  else if (pathname.startsWith('/_logs/')) sendLog(core.world, pathname, response);
  else if (isIdentityPath(pathname)) answerIdentity(core.world, request, response);
  else await answerApi(core, request, response);
}

type ApiCall = { method: string; path: string; body: Json | undefined };

async function callApi(
  world: World,
  token: Token | string,
  { method, path, body }: ApiCall,
): Promise<ApiResult> {
  const secret = typeof token === 'string' ? token : token.secret;
  const response = await fetch(`${world.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
  return { status: response.status, data: isJson ? JSON.parse(text) : text, headers: response.headers };
}
