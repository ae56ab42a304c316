import { z } from 'zod';

/** What we rely on of GitHub's answers (REST 2022-11-28), and nothing more. */

const time = z.string().transform((text) => new Date(text).toISOString());

export const account = z.object({ id: z.number(), login: z.string(), type: z.string() });
export type Account = z.infer<typeof account>;

const app = z.object({ slug: z.string().nullish() }).nullish();
const label = z
  .union([z.string(), z.object({ name: z.string() })])
  .transform((given) => (typeof given === 'string' ? given : given.name));
export const labels = z.array(label);

export const issue = z.object({
  number: z.int(),
  title: z.string(),
  body: z.string().nullish(),
  user: account.nullable(),
  labels,
  state: z.enum(['open', 'closed']),
  assignees: z.array(account).nullish(),
  comments: z.int(),
  created_at: time,
  updated_at: time,
  html_url: z.string(),
  pull_request: z.object({}).nullish(),
  issue_dependencies_summary: z.object({ blocked_by: z.int() }).nullish(),
});
export type RawIssue = z.infer<typeof issue>;

export const comment = z.object({
  id: z.number(),
  user: account.nullable(),
  body: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
  created_at: time,
  updated_at: time,
  html_url: z.string(),
  performed_via_github_app: app,
});
export type RawComment = z.infer<typeof comment>;

const ref = z.object({ ref: z.string(), sha: z.string() });

const pullInList = z.object({
  number: z.int(),
  node_id: z.string(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().nullish(),
  title: z.string(),
  body: z.string().nullish(),
  user: account.nullable(),
  labels,
  head: ref,
  base: ref,
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  requested_reviewers: z.array(account).nullish(),
  auto_merge: z.object({ enabled_by: account.nullish() }).nullish(),
});

export { pullInList };

/** One pull request by its number says more than the list. `mergeable` null: GitHub is working it out. */
export const pull = pullInList.extend({
  mergeable: z.boolean().nullish(),
  mergeable_state: z.string().nullish(),
});
export type RawPull = z.infer<typeof pullInList>;
export type RawPullDetail = z.infer<typeof pull>;

export const merged = z.object({ sha: z.string(), merged: z.literal(true) });

export const checkRun = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullish(),
  details_url: z.string().nullish(),
  html_url: z.string().nullish(),
  app,
});
export type RawCheckRun = z.infer<typeof checkRun>;

export const commitStatus = z.object({
  context: z.string(),
  state: z.string(),
  target_url: z.string().nullish(),
});
export type RawCommitStatus = z.infer<typeof commitStatus>;

export const workflowRun = z.object({
  id: z.number(),
  name: z.string().nullish(),
  html_url: z.string(),
  head_sha: z.string(),
  status: z.string().nullish(),
  conclusion: z.string().nullish(),
  created_at: time,
});
export type RawWorkflowRun = z.infer<typeof workflowRun>;

/** Empty (204) on servers that do not know `return_run_details`. */
export const dispatched = z
  .object({ workflow_run_id: z.number(), html_url: z.string() })
  .or(z.unknown().transform(() => undefined));

export const collaborator = z.object({
  permission: z.string(),
  role_name: z.string().nullish(),
  user: account.nullable(),
});

export const deployment = z.object({ id: z.number(), environment: z.string(), sha: z.string() });
export const deploymentStatus = z.object({
  state: z.string(),
  environment_url: z.string().nullish(),
  log_url: z.string().nullish(),
});

export const timelineEvent = z.object({
  event: z.string().nullish(),
  actor: account.nullish(),
  label: z.object({ name: z.string() }).nullish(),
});

export const review = z.object({
  id: z.number(),
  user: account.nullable(),
  body: z.string().nullish(),
  state: z.string(),
  commit_id: z.string().nullish(),
  submitted_at: time.optional(),
});

/** Answers of which only the arrival counts. */
export const anything = z.unknown();
