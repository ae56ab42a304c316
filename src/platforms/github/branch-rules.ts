import { z } from 'zod';
import { TammaError } from '../../core/errors.ts';
import type { BranchRules, RulePort } from '../../ports/platform/branches.ts';
import type { MergeMethod } from '../../ports/platform/pulls.ts';
import type { Api } from './request.ts';

/** Rules of rulesets (REST, "Rules"); what we do not know of passes over. */
const rule = z.object({
  type: z.string(),
  parameters: z
    .object({
      required_approving_review_count: z.int().nullish(),
      dismiss_stale_reviews_on_push: z.boolean().nullish(),
      require_last_push_approval: z.boolean().nullish(),
      required_review_thread_resolution: z.boolean().nullish(),
      allowed_merge_methods: z.array(z.string()).nullish(),
      required_status_checks: z.array(z.object({ context: z.string() })).nullish(),
      strict_required_status_checks_policy: z.boolean().nullish(),
    })
    .nullish(),
});
type Rule = z.infer<typeof rule>;

const classic = z.object({
  requiredApprovingReviewCount: z.int().nullish(),
  requiredStatusCheckContexts: z.array(z.string().nullable()).nullish(),
  requiresConversationResolution: z.boolean(),
  requiresLinearHistory: z.boolean(),
  requiresSignatures: z.boolean(),
});

const settings = z.object({
  repository: z.object({
    squashMergeAllowed: z.boolean(),
    mergeCommitAllowed: z.boolean(),
    rebaseMergeAllowed: z.boolean(),
    ref: z.object({ refUpdateRule: classic.nullish() }).nullish(),
  }),
});
type Settings = z.infer<typeof settings>['repository'];

/** Branch protection is shown whole to administrators only; `refUpdateRule` is the part of it that everybody may see. */
const QUERY = `query branchRules($owner: String!, $repo: String!, $ref: String!) {
  repository(owner: $owner, name: $repo) {
    squashMergeAllowed mergeCommitAllowed rebaseMergeAllowed
    ref(qualifiedName: $ref) {
      refUpdateRule {
        requiredApprovingReviewCount requiredStatusCheckContexts
        requiresConversationResolution requiresLinearHistory requiresSignatures
      }
    }
  }
}`;

/** Two requests. */
export function createRulePort(api: Api): RulePort {
  return { of: (branch) => readRules(api, branch) };
}

async function readRules(api: Api, branch: string): Promise<BranchRules> {
  const { owner, repo } = api;
  const [rules, { repository }] = await Promise.all([
    listRules(api, branch),
    api.query(settings, QUERY, { owner, repo, ref: `refs/heads/${branch}` }),
  ]);
  const protection = repository.ref?.refUpdateRule;
  const has = (type: string) => rules.some((entry) => entry.type === type);
  const any = (test: (parameters: NonNullable<Rule['parameters']>) => boolean | null | undefined) =>
    rules.some(({ parameters }) => parameters && test(parameters) === true);
  const counts = rules.map(({ parameters }) => parameters?.required_approving_review_count ?? 0);
  return {
    requiredApprovals: Math.max(0, protection?.requiredApprovingReviewCount ?? 0, ...counts),
    // The older kind of rule does not tell, so it is not counted on.
    approvalsEndWithPush: any(
      (parameters) => parameters.dismiss_stale_reviews_on_push || parameters.require_last_push_approval,
    ),
    requiredChecks: listChecks(rules, protection),
    upToDate: any((parameters) => parameters.strict_required_status_checks_policy),
    resolvedThreads:
      protection?.requiresConversationResolution === true ||
      any((parameters) => parameters.required_review_thread_resolution),
    signedCommits: protection?.requiresSignatures === true || has('required_signatures'),
    mergeQueue: has('merge_queue'),
    mergeMethods: listMethods(repository, rules),
  };
}

/** Servers without rulesets have none. */
async function listRules(api: Api, branch: string): Promise<Rule[]> {
  try {
    return await api.list(rule, 'GET /repos/{owner}/{repo}/rules/branches/{branch}', { branch });
  } catch (error) {
    if (error instanceof TammaError && error.code === 'PLATFORM_REFUSED') return [];
    throw error;
  }
}

function listChecks(
  rules: readonly Rule[],
  protection: z.infer<typeof classic> | null | undefined,
): string[] {
  const ofRules = rules.flatMap(({ parameters }) => parameters?.required_status_checks ?? []);
  const contexts = [
    ...(protection?.requiredStatusCheckContexts ?? []),
    ...ofRules.map(({ context }) => context),
  ];
  return [...new Set(contexts.filter((context) => context !== null))];
}

/** What the repository offers, less what a rule for the branch does not. */
function listMethods(repository: Settings, rules: readonly Rule[]): MergeMethod[] {
  const isLinear =
    repository.ref?.refUpdateRule?.requiresLinearHistory === true ||
    rules.some(({ type }) => type === 'required_linear_history');
  const limits = rules.flatMap(({ parameters }) =>
    parameters?.allowed_merge_methods ? [parameters.allowed_merge_methods] : [],
  );
  const offered: [MergeMethod, boolean][] = [
    ['squash', repository.squashMergeAllowed],
    ['merge', repository.mergeCommitAllowed && !isLinear],
    ['rebase', repository.rebaseMergeAllowed],
  ];
  return offered
    .filter(([method, allowed]) => allowed && limits.every((limit) => limit.includes(method)))
    .map(([method]) => method);
}
