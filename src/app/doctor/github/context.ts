import { z } from 'zod';
import type { Config } from '../../../core/config/schema.ts';
import type { Look, Site } from '../../github-site.ts';
import { type Finding, unknown } from '../finding.ts';
import type { WorkflowFacts } from './workflow-facts.ts';

/** `GET /repos/{owner}/{repo}`; settings are left out where the token may not write. */
export const repositoryFacts = z.object({
  default_branch: z.string(),
  private: z.boolean(),
  archived: z.boolean(),
  disabled: z.boolean().optional(),
  has_issues: z.boolean(),
  allow_squash_merge: z.boolean().optional(),
  allow_merge_commit: z.boolean().optional(),
  allow_rebase_merge: z.boolean().optional(),
  allow_auto_merge: z.boolean().optional(),
  permissions: z.object({ admin: z.boolean(), push: z.boolean() }).optional(),
});

export type RepositoryFacts = z.infer<typeof repositoryFacts>;

export type SiteContext = {
  site: Site;
  facts: RepositoryFacts;
  /** Of a classic or OAuth token; null for all others, which have permissions instead. */
  scopes: readonly string[] | null;
  config: Config;
  /** Of the default branch. */
  workflows: readonly WorkflowFacts[];
};

export type SiteCheck = (context: SiteContext) => Finding | Finding[] | Promise<Finding | Finding[]>;

/** What could not be seen, and with which permission it can. `needs` is what GitHub documents, where it does not say. */
export function cannotSee(
  title: string,
  look: Exclude<Look<unknown>, { status: 'seen' }>,
  { what, needs, link }: { what: string; needs: string; link: string },
): Finding {
  const wanted = (look.status === 'forbidden' && look.needs) || needs;
  return unknown(title, `${what}: this token may not look`, {
    help: `Run \`tamma doctor\` with a token that has ${wanted}, or look yourself.`,
    link,
  });
}
