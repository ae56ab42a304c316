import { noContent, ok, Refusal, type RepositoryCall, type Route } from '../answers.ts';
import { writeProtections } from '../hooks.ts';
import type { Json, Protection } from '../state.ts';
import { protectionUrl } from './branches.ts';

const ADMIN_READ = { needs: [{ administration: 'read' }], role: 'admin' } as const;
const ADMIN = { needs: [{ administration: 'write' }], role: 'admin' } as const;

/** Branch protection of the older kind; rulesets are their own operations. */
export const protectionRoutes: readonly Route[] = [
  { method: 'GET', path: '/branches/{branch}/protection', ...ADMIN_READ, handle: getProtection },
  { method: 'PUT', path: '/branches/{branch}/protection', ...ADMIN, handle: putProtection },
  { method: 'DELETE', path: '/branches/{branch}/protection', ...ADMIN, handle: removeProtection },
];

function viewProtection(call: RepositoryCall, name: string, rules: Protection): Json {
  const url = protectionUrl(call, name);
  return {
    url,
    ...(rules.requiredChecks.length > 0
      ? {
          required_status_checks: {
            url: `${url}/required_status_checks`,
            strict: rules.strict,
            contexts: rules.requiredChecks,
            contexts_url: `${url}/required_status_checks/contexts`,
            checks: rules.requiredChecks.map((context) => ({ context, app_id: null })),
          },
        }
      : {}),
    ...(rules.requiredReviews > 0 || rules.requirePull
      ? {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: rules.dismissStale ?? false,
            require_code_owner_reviews: false,
            required_approving_review_count: rules.requiredReviews,
          },
        }
      : {}),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: rules.enforceAdmins },
    allow_force_pushes: { enabled: rules.allowForcePushes },
    allow_deletions: { enabled: rules.allowDeletions },
    required_conversation_resolution: { enabled: rules.requireConversationResolution },
  };
}

function protectionOf({ repository, params }: RepositoryCall): Protection {
  const rules = repository.protections.get(params.branch ?? '');
  if (!rules) throw new Refusal(404, 'Branch not protected');
  return rules;
}

function getProtection(call: RepositoryCall) {
  return ok(viewProtection(call, call.params.branch ?? '', protectionOf(call)));
}

type Wanted = {
  required_status_checks: { strict?: boolean; contexts?: string[]; checks?: { context: string }[] } | null;
  required_pull_request_reviews: {
    required_approving_review_count?: number;
    dismiss_stale_reviews?: boolean;
  } | null;
  enforce_admins: boolean | null;
  allow_force_pushes?: boolean;
  allow_deletions?: boolean;
  required_conversation_resolution?: boolean;
};

async function putProtection(call: RepositoryCall) {
  const { repository, params } = call;
  const name = params.branch ?? '';
  if (!(await repository.git.find(`refs/heads/${name}`))) throw new Refusal(404, 'Branch not found');
  const wanted = call.body as Wanted;
  const checks = wanted.required_status_checks;
  const rules: Protection = {
    requiredReviews: wanted.required_pull_request_reviews?.required_approving_review_count ?? 0,
    dismissStale: wanted.required_pull_request_reviews?.dismiss_stale_reviews ?? false,
    requirePull: wanted.required_pull_request_reviews !== null,
    requiredChecks: checks?.checks?.map(({ context }) => context) ?? checks?.contexts ?? [],
    strict: checks?.strict ?? false,
    requireConversationResolution: wanted.required_conversation_resolution ?? false,
    enforceAdmins: wanted.enforce_admins ?? false,
    allowForcePushes: wanted.allow_force_pushes ?? false,
    allowDeletions: wanted.allow_deletions ?? false,
  };
  repository.protections.set(name, rules);
  await writeProtections(repository);
  return ok(viewProtection(call, name, rules));
}

async function removeProtection(call: RepositoryCall) {
  protectionOf(call);
  call.repository.protections.delete(call.params.branch ?? '');
  await writeProtections(call.repository);
  return noContent();
}
