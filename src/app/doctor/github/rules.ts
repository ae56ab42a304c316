import { z } from 'zod';
import type { Site } from '../../github-site.ts';

/** Rulesets as they hold for one branch, from any level (docs, "Get rules for a branch"); needs metadata: read only. */
const rule = z.object({ type: z.string(), parameters: z.record(z.string(), z.unknown()).optional() });

/** Classic branch protection; switches are objects with `enabled`. */
const enabled = z.object({ enabled: z.boolean() }).optional();
const protection = z.object({
  required_status_checks: z.object({ contexts: z.array(z.string()) }).nullish(),
  required_pull_request_reviews: z
    .object({
      required_approving_review_count: z.number().optional(),
      require_code_owner_reviews: z.boolean().optional(),
    })
    .nullish(),
  restrictions: z.object({}).nullish(),
  required_linear_history: enabled,
  required_signatures: enabled,
  allow_force_pushes: enabled,
  allow_deletions: enabled,
  lock_branch: enabled,
});

/** What holds for a branch, from rulesets and protection together. */
export type BranchRules = {
  /** Types of rules, by GitHub's names of them. */
  types: ReadonlySet<string>;
  parameters: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Classic protection exists and could not be read. */
  isPartial: boolean;
};

/** The branch need not exist. */
export async function readRules(site: Site, branch: string): Promise<BranchRules> {
  const rules = await site.look(z.array(rule), '/rules/branches/{branch}', { branch, per_page: 100 });
  const listed = rules.status === 'seen' ? rules.data : [];
  const classic = await readProtection(site, branch);
  const all = [...listed, ...classic.rules];
  return {
    types: new Set(all.map(({ type }) => type)),
    parameters: new Map(all.map(({ type, parameters = {} }) => [type, parameters])),
    isPartial: rules.status !== 'seen' || classic.isHidden,
  };
}

type Rule = z.infer<typeof rule>;

/** Whether there is one, anybody who reads may see; what it says takes administration: read. */
async function readProtection(site: Site, branch: string): Promise<{ rules: Rule[]; isHidden: boolean }> {
  const known = await site.look(z.object({ protected: z.boolean() }), '/branches/{branch}', { branch });
  if (known.status !== 'seen' || !known.data.protected) return { rules: [], isHidden: false };
  const look = await site.look(protection, '/branches/{branch}/protection', { branch });
  if (look.status === 'seen') return { rules: toRules(look.data), isHidden: false };
  // A ruleset protects too, and then there is nothing here.
  return { rules: [], isHidden: look.status === 'forbidden' || !/not protected/i.test(look.message) };
}

/** The same things by the names that rulesets have for them. */
function toRules(given: z.infer<typeof protection>): Rule[] {
  const reviews = given.required_pull_request_reviews;
  const switches = {
    update: Boolean(given.restrictions) || given.lock_branch?.enabled === true,
    required_linear_history: given.required_linear_history?.enabled === true,
    required_signatures: given.required_signatures?.enabled === true,
    non_fast_forward: given.allow_force_pushes?.enabled !== true,
    deletion: given.allow_deletions?.enabled !== true,
  };
  return [
    ...Object.entries(switches).flatMap(([type, isOn]) => (isOn ? [{ type }] : [])),
    ...(given.required_status_checks
      ? [
          {
            type: 'required_status_checks',
            parameters: {
              required_status_checks: given.required_status_checks.contexts.map((context) => ({ context })),
            },
          },
        ]
      : []),
    ...(reviews ? [{ type: 'pull_request', parameters: { ...reviews } }] : []),
  ];
}
