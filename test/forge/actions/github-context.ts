import { rulesFor } from '../model/rules.ts';
import type { Json, Repository, Run, Token, World } from '../state.ts';
import { ACTIONS_BOT } from '../world.ts';
import { identityUrl } from './identity.ts';
import type { JobPermissions } from './permissions.ts';

export type JobPlace = {
  world: World;
  repository: Repository;
  run: Run;
  /** Key of the job in its file. */
  job: string;
  token: Token;
  permissions: JobPermissions;
  workspace: string;
  temp: string;
  eventPath: string;
};

/** The `github` context (GitHub's documentation, "Contexts"). */
export function toGithubContext({
  world,
  repository,
  run,
  job,
  token,
  workspace,
  eventPath,
}: JobPlace): Json {
  const pull = run.payload.pull_request as { head: { ref: string }; base: { ref: string } } | undefined;
  const ref = String(run.payload.ref ?? `refs/heads/${run.headBranch}`);
  return {
    token: token.secret,
    event: run.payload,
    event_name: run.event,
    event_path: eventPath,
    ref: ref.startsWith('refs/') ? ref : `refs/heads/${run.headBranch}`,
    ref_name: run.headBranch,
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: rulesFor(repository, run.headBranch) !== undefined,
    head_ref: pull?.head.ref ?? '',
    base_ref: pull?.base.ref ?? '',
    sha: run.headSha,
    repository: repository.fullName,
    repository_id: String(repository.id),
    repository_owner: repository.owner.login,
    repository_owner_id: String(repository.owner.id),
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    actor: run.actor.user.login,
    actor_id: String(run.actor.user.id),
    triggering_actor: run.actor.user.login,
    workflow: run.name,
    workflow_ref: `${repository.fullName}/${run.path}@refs/heads/${run.headBranch}`,
    workflow_sha: run.headSha,
    job,
    server_url: world.url,
    api_url: world.url,
    graphql_url: `${world.url}/graphql`,
    workspace,
    retention_days: '90',
    secret_source: 'Actions',
  };
}

const IN_ENVIRONMENT = [
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
];

/** Default variables of every step (GitHub's documentation, "Variables"); the token is not among them. */
export function toJobEnvironment(
  { world, temp }: JobPlace,
  github: Json,
  identity: string | undefined,
): Record<string, string> {
  const variables = IN_ENVIRONMENT.map((name) => [`GITHUB_${name.toUpperCase()}`, String(github[name])]);
  const oidc =
    identity === undefined
      ? {}
      : { ACTIONS_ID_TOKEN_REQUEST_URL: identityUrl(world), ACTIONS_ID_TOKEN_REQUEST_TOKEN: identity };
  return {
    HOME: temp,
    LANG: 'C.UTF-8',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    ...Object.fromEntries(variables),
    ...oidc,
    RUNNER_ARCH: 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'forge',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: temp,
    RUNNER_TOOL_CACHE: temp,
    RUNNER_TRACKING_ID: `github_${ACTIONS_BOT.id}`,
  };
}
