import type { Clock } from '../../ports/host.ts';
import type { Platform } from '../../ports/platform.ts';
import { createBranchPort } from '../git/branches.ts';
import type { Refs } from '../git/refs.ts';
import { resolveRemote } from '../git/remote.ts';
import { createRemoteRefs } from '../git/remote-refs.ts';
import { translateAll } from '../git/translate.ts';
import { createActorPort } from './actors.ts';
import { createBranchApi } from './branch-api.ts';
import { createRulePort } from './branch-rules.ts';
import { createCiPort } from './checks.ts';
import { createCommentPort, createCommentReader } from './comments.ts';
import { createDeploymentPort } from './deployments.ts';
import { createDispatchPort } from './dispatch.ts';
import { createIssuePort } from './issues.ts';
import { createLabelPort } from './labels.ts';
import type { ObservedCall } from './meter.ts';
import { createPullPort } from './pulls.ts';
import { createReactionPort } from './reactions.ts';
import { createApi } from './request.ts';
import { createReviewPort } from './reviews.ts';
import { createSelf } from './self.ts';
import { commitOnBranch } from './signed-commit.ts';
import { type TokenSource, toGitHeader, toHeaderSource } from './tokens.ts';

export type GitHubOptions = {
  owner: string;
  repo: string;
  token: string;
  /** In place of the token: of a GitHub App, which ends every hour. */
  tokens?: TokenSource | undefined;
  /** `https://api.github.com`, or `https://<server>/api/v3` of an Enterprise Server. */
  apiUrl: string;
  /** Where branches are fetched from and pushed to, over HTTP(S). */
  gitUrl: string;
  /** Absolute, shared by all worktrees. Lends its object database: commits that are written are in it, and those that are read come into it. */
  gitDirectory: string;
  clock: Clock;
  /** Whose name is on commits; default: that of the token's account. */
  identity?: { name: string; email: string };
  /** The workflow run we are in, by its id: its own checks are not waited for. */
  runId?: string;
  fetch?: typeof fetch;
  observe?: (call: ObservedCall) => void;
  /** Length of a second in waits and time limits: a test has no time for real ones. Default 1000 ms. */
  secondMs?: number;
};

/**
 * GitHub and its Enterprise Server. Nothing is asked for before a port needs it. Issues, pull requests and checks go
 * through the API, branches through git with the same token.
 */
export async function createGitHubPlatform(options: GitHubOptions): Promise<Platform> {
  const { owner, repo, apiUrl, clock, runId, identity = null } = options;
  const refs = await openRefs(options);
  const api = createApi(options);
  const { token, tokens } = options;
  const self = createSelf(api, { apiUrl, token, tokens, identity });
  const readComments = createCommentReader(self);
  const rules = createRulePort(api);
  const { gitDirectory } = options;
  return {
    id: 'github',
    repository: `${new URL(options.gitUrl).host}/${owner}/${repo}`,
    capabilities: {
      issueWrites: 'api',
      reactions: true,
      draftPulls: true,
      reviewers: true,
      checks: true,
      deployments: true,
      mergeMethods: ['squash', 'merge', 'rebase'],
      expectedHead: 'atomic',
      commit: 'signed',
    },
    issues: createIssuePort({ api, self, readComments, clock, seen: new Map() }),
    pulls: translateAll(createPullPort({ api, refs, gitDirectory, rules, self })),
    branches: translateAll({
      ...createBranchPort({ refs, gitDirectory }),
      commit: (commit) => commitOnBranch({ api, refs, gitDirectory }, commit),
    }),
    actors: createActorPort(api, self),
    ci: createCiPort({ api, rules, ownRun: runId }),
    comments: createCommentPort(api, readComments, self),
    reactions: createReactionPort(api),
    reviews: createReviewPort(api, self),
    dispatch: translateAll(createDispatchPort({ api, refs, clock })),
    deployments: createDeploymentPort(api),
    labels: createLabelPort(api),
    rules,
    branchApi: createBranchApi(api, new URL(options.gitUrl).host),
    usage: api.usage,
  };
}

async function openRefs({ gitDirectory, gitUrl, token, tokens }: GitHubOptions): Promise<Refs> {
  const header = tokens ? toHeaderSource(tokens) : toGitHeader(token);
  const given = { url: gitUrl, authorization: { url: gitUrl, header } };
  return createRemoteRefs({ gitDirectory, remote: await resolveRemote(gitDirectory, gitDirectory, given) });
}
