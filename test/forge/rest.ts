import { demandAccess } from './access.ts';
import { type Answer, type Call, notFound, type RepositoryCall, type Route } from './answers.ts';
import { findRoute, toPattern } from './openapi-routes.ts';
import { actionSettingRoutes } from './routes/action-settings.ts';
import { actionRoutes } from './routes/actions.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { branchRoutes } from './routes/branches.ts';
import { checkRoutes } from './routes/checks.ts';
import { commentRoutes } from './routes/comments.ts';
import { contentRoutes } from './routes/contents.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { environmentRoutes } from './routes/environments.ts';
import { gitDataRoutes } from './routes/git-data.ts';
import { gitRefRoutes } from './routes/git-refs.ts';
import { issueLinkRoutes } from './routes/issue-links.ts';
import { issueRoutes } from './routes/issues.ts';
import { labelRoutes } from './routes/labels.ts';
import { pendingDeploymentRoutes } from './routes/pending-deployments.ts';
import { protectionRoutes } from './routes/protection.ts';
import { pullRoutes } from './routes/pulls.ts';
import { generalRoutes, repositoryRoutes } from './routes/repository.ts';
import { reviewCommentRoutes } from './routes/review-comments.ts';
import { reviewerRoutes } from './routes/reviewers.ts';
import { reviewRoutes } from './routes/reviews.ts';
import { rulesetRoutes } from './routes/rulesets.ts';
import { runRoutes } from './routes/runs.ts';
import type { Repository } from './state.ts';

type Matched<C extends Call> = { method: string; names: string[]; pattern: RegExp; route: Route<C> };

const general = generalRoutes.map((route) => toMatched(route, route.path));
const ofRepository = [
  ...repositoryRoutes,
  ...issueRoutes,
  ...issueLinkRoutes,
  ...labelRoutes,
  ...reviewCommentRoutes,
  ...commentRoutes,
  ...pullRoutes,
  ...reviewRoutes,
  ...reviewerRoutes,
  ...gitDataRoutes,
  ...gitRefRoutes,
  ...contentRoutes,
  ...branchRoutes,
  ...protectionRoutes,
  ...rulesetRoutes,
  ...checkRoutes,
  ...deploymentRoutes,
  ...actionRoutes,
  ...runRoutes,
  ...actionSettingRoutes,
  ...artifactRoutes,
  ...environmentRoutes,
  ...pendingDeploymentRoutes,
]
  .map((route) => toMatched(route, `/repos/{owner}/{repo}${route.path}`))
  .sort((a, b) => weigh(b.route.path) - weigh(a.route.path));

function toMatched<C extends Call>(route: Route<C>, path: string): Matched<C> {
  return { method: route.method.toLowerCase(), ...toPattern(path), route };
}

function weigh(path: string): number {
  return (path.match(/\/[^{/]+/g) ?? []).length * 100 + path.split('/').length;
}

export type RestRequest = Omit<Call, 'params'> & {
  method: string;
  /** Repositories to answer from: the present ones, or for a stale read former ones. */
  repositories: ReadonlyMap<string, Repository>;
};

/** One REST operation; undefined where the forge has none for this path. */
export function answerRest(request: RestRequest): Answer | Promise<Answer> | undefined {
  const { method, path } = request;
  const plain = findRoute(general, method, path);
  if (plain) return plain.route.handle({ ...request, params: readParams(plain, path) });
  const found = findRoute(ofRepository, method, path);
  if (!found) return undefined;
  const params = readParams(found, path);
  const repository = request.repositories.get(`${params.owner}/${params.repo}`.toLowerCase());
  if (!repository) throw notFound();
  const call: RepositoryCall = { ...request, params, repository };
  const { needs, role = method === 'GET' ? 'read' : 'write' } = found.route;
  demandAccess(request.token, repository, { needs, role });
  return found.route.handle(call);
}

function readParams({ names, pattern }: { names: string[]; pattern: RegExp }, path: string) {
  const values = pattern.exec(path)?.slice(1) ?? [];
  return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(values[index] ?? '')]));
}
