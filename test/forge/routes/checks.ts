import {
  created,
  list,
  needText,
  notFound,
  ok,
  Refusal,
  type RepositoryCall,
  type Route,
  readText,
} from '../answers.ts';
import { addCheckRun, finishCheckRun, runsOfSuite } from '../model/checks.ts';
import { emit } from '../model/events.ts';
import type { Annotation, CheckRun, CheckStatus, CommitStatus, Conclusion, Json } from '../state.ts';
import { viewCheckRun, viewCheckSuite, viewCombined, viewStatus } from '../views/check.ts';
import { viewCommit } from '../views/commit.ts';
import { viewUser } from '../views/user.ts';

const READ = [{ checks: 'read' }] as const;
const WRITE = [{ checks: 'write' }] as const;
const STATUS_READ = [{ statuses: 'read' }] as const;

export const checkRoutes: readonly Route[] = [
  { method: 'POST', path: '/check-runs', needs: WRITE, handle: create },
  {
    method: 'GET',
    path: '/check-runs/{check_run_id}',
    needs: READ,
    handle: (call) => ok(view(call, runOf(call))),
  },
  { method: 'PATCH', path: '/check-runs/{check_run_id}', needs: WRITE, handle: update },
  { method: 'GET', path: '/check-runs/{check_run_id}/annotations', needs: READ, handle: listAnnotations },
  { method: 'GET', path: '/commits/{ref}/check-runs', needs: READ, handle: listOfCommit },
  { method: 'GET', path: '/commits/{ref}/check-suites', needs: READ, handle: listSuites },
  { method: 'GET', path: '/check-suites/{check_suite_id}/check-runs', needs: READ, handle: listOfSuite },
  { method: 'POST', path: '/statuses/{sha}', needs: [{ statuses: 'write' }], handle: createStatus },
  { method: 'GET', path: '/commits/{ref}/status', needs: STATUS_READ, handle: getCombined },
  { method: 'GET', path: '/commits/{ref}/statuses', needs: STATUS_READ, handle: listStatuses },
];

const view = ({ world, repository }: RepositoryCall, run: CheckRun) => viewCheckRun(world, repository, run);

function runOf({ repository, params }: RepositoryCall): CheckRun {
  const run = repository.checkRuns.find(({ id }) => id === Number(params.check_run_id));
  if (!run) throw notFound();
  return run;
}

async function shaOf({ repository, params }: RepositoryCall): Promise<string> {
  const sha = await repository.git.resolve(params.ref ?? params.sha ?? '');
  if (!sha) throw new Refusal(422, `No commit found for SHA: ${params.ref ?? params.sha}`);
  return sha;
}

/** Only apps write checks (GitHub's documentation, "Checks"). */
function demandApp({ token }: RepositoryCall): void {
  if (token.kind === 'pat') throw new Refusal(403, 'You must authenticate via a GitHub App.');
}

type Output = { title?: string; summary?: string; text?: string; annotations?: Annotation[] } | undefined;

function readFields(body: Json): Partial<CheckRun> {
  const output = body.output as Output;
  const conclusion = readText(body, 'conclusion') as Conclusion | undefined;
  const fields: { [K in keyof CheckRun]?: CheckRun[K] | undefined } = {
    status: conclusion ? 'completed' : (readText(body, 'status') as CheckStatus | undefined),
    conclusion,
    startedAt: readText(body, 'started_at'),
    completedAt: readText(body, 'completed_at'),
    externalId: readText(body, 'external_id'),
    detailsUrl: readText(body, 'details_url'),
    title: output?.title,
    summary: output?.summary,
    text: output?.text,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function create(call: RepositoryCall) {
  demandApp(call);
  const { repository, actor, body } = call;
  const headSha = needText(body, 'head_sha');
  if ((await repository.git.typeOf(headSha)) !== 'commit')
    throw new Refusal(422, `No commit found for SHA: ${headSha}`);
  const annotations = (body.output as Output)?.annotations ?? [];
  const app = actor.user.login.replace(/\[bot\]$/, '');
  const draft = { name: needText(body, 'name'), headSha, annotations, ...readFields(body), app };
  return created(view(call, addCheckRun(call, draft)));
}

function update(call: RepositoryCall) {
  demandApp(call);
  const run = runOf(call);
  if (`${run.app}[bot]` !== call.actor.user.login)
    throw new Refusal(
      403,
      'Invalid app_id `1` - check run can only be modified by the GitHub App that created it.',
    );
  const fields = readFields(call.body);
  Object.assign(run, fields, { name: readText(call.body, 'name') ?? run.name });
  run.annotations.push(...((call.body.output as Output)?.annotations ?? []));
  if (fields.status === 'completed') finishCheckRun(call, run);
  return ok(view(call, run));
}

function listAnnotations(call: RepositoryCall) {
  return list(call, runOf(call).annotations, (annotation) => ({
    start_column: null,
    end_column: null,
    title: null,
    raw_details: null,
    ...annotation,
    blob_href: `${call.world.url}/blob`,
  }));
}

function answerRuns(call: RepositoryCall, runs: readonly CheckRun[]) {
  const { check_name: name, status, filter, app_id: app } = call.query;
  const wanted = runs.filter(
    (run) => (!name || run.name === name) && (!status || run.status === status) && (!app || app === '15368'),
  );
  const newest = new Map(wanted.map((run) => [`${run.app} ${run.name}`, run]));
  const shown = filter === 'all' ? wanted : [...newest.values()];
  return list(
    call,
    shown,
    (run) => view(call, run),
    (items, total) => ({ total_count: total, check_runs: items }),
  );
}

async function listOfCommit(call: RepositoryCall) {
  const sha = await shaOf(call);
  return answerRuns(
    call,
    call.repository.checkRuns.filter(({ headSha }) => headSha === sha),
  );
}

function listOfSuite(call: RepositoryCall) {
  return answerRuns(call, runsOfSuite(call.repository, Number(call.params.check_suite_id)));
}

async function listSuites(call: RepositoryCall) {
  const { world, repository } = call;
  const sha = await shaOf(call);
  const runs = repository.checkRuns.filter(({ headSha }) => headSha === sha);
  const suites = [...new Set(runs.map(({ suite }) => suite))];
  return list(
    call,
    suites,
    (suite) => viewCheckSuite(world, repository, runsOfSuite(repository, suite)),
    (items, total) => ({ total_count: total, check_suites: items }),
  );
}

async function createStatus(call: RepositoryCall) {
  const { world, repository, actor, body } = call;
  const status: CommitStatus = {
    id: world.newId(),
    sha: await shaOf(call),
    state: needText(body, 'state') as CommitStatus['state'],
    context: readText(body, 'context') ?? 'default',
    description: readText(body, 'description') ?? null,
    targetUrl: readText(body, 'target_url') ?? null,
    user: actor.user,
    createdAt: world.now(),
  };
  repository.statuses.push(status);
  const answer = { ...viewStatus(world, repository, status), creator: viewUser(world, actor.user) };
  emit(call, 'status', undefined, async () => {
    const commit = await repository.git.commit(status.sha);
    const name = repository.fullName;
    return {
      ...answer,
      sha: status.sha,
      name,
      commit: commit && viewCommit(world, repository, commit),
      branches: [],
    };
  });
  return created(answer);
}

async function getCombined(call: RepositoryCall) {
  return ok(viewCombined(call.world, call.repository, await shaOf(call)));
}

async function listStatuses(call: RepositoryCall) {
  const { world, repository } = call;
  const sha = await shaOf(call);
  const statuses = repository.statuses.filter((status) => status.sha === sha).reverse();
  return list(call, statuses, (status) => ({
    ...viewStatus(world, repository, status),
    creator: viewUser(world, status.user),
  }));
}
