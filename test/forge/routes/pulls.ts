import {
  created,
  invalid,
  list,
  needText,
  noContent,
  notFound,
  ok,
  Refusal,
  type RepositoryCall,
  type Route,
  readText,
} from '../answers.ts';
import { closeIssue, reopenIssue, tell } from '../model/issues.ts';
import { getPull, mergePull, openPull, type PullIssue } from '../model/pulls.ts';
import { refChanged } from '../model/refs.ts';
import type { MergeMethod } from '../state.ts';
import { viewCommit, viewFiles } from '../views/commit.ts';
import { viewPull, viewPullSimple } from '../views/pull.ts';
import { checkLength, editTexts } from './issues.ts';

const READ = [{ pull_requests: 'read' }] as const;
const WRITE = [{ pull_requests: 'write' }] as const;
const CONTENTS = [{ contents: 'write' }] as const;
const one = '/pulls/{pull_number}';

export const pullRoutes: readonly Route[] = [
  { method: 'GET', path: '/pulls', needs: READ, handle: listPulls },
  { method: 'POST', path: '/pulls', needs: WRITE, handle: create },
  { method: 'GET', path: one, needs: READ, handle: getOne },
  { method: 'PATCH', path: one, needs: WRITE, handle: update },
  { method: 'GET', path: `${one}/commits`, needs: READ, handle: listCommits },
  { method: 'GET', path: `${one}/files`, needs: READ, handle: listFiles },
  { method: 'GET', path: `${one}/merge`, needs: [{ contents: 'read' }], handle: isMerged },
  { method: 'PUT', path: `${one}/merge`, needs: CONTENTS, handle: merge },
  { method: 'PUT', path: `${one}/update-branch`, needs: WRITE, handle: updateBranch },
  { method: 'GET', path: '/commits/{commit_sha}/pulls', needs: READ, handle: listPullsOfCommit },
];

const pullOf = ({ repository, params }: RepositoryCall) => getPull(repository, params.pull_number ?? '');
const view = ({ world, repository }: RepositoryCall, issue: PullIssue, isRead = false) =>
  viewPull(world, repository, issue, isRead);

function allPulls({ repository }: RepositoryCall): PullIssue[] {
  return [...repository.issues.values()].filter((issue): issue is PullIssue => issue.pull !== null);
}

function listPulls(call: RepositoryCall) {
  const { world, repository, query } = call;
  const state = query.state ?? 'open';
  const pulls = allPulls(call).filter(
    ({ pull, state: now }) =>
      (state === 'all' || now === state) &&
      (query.base === undefined || pull.base === query.base) &&
      (query.head === undefined || `${repository.owner.login}:${pull.head}` === query.head),
  );
  const key = query.sort === 'updated' ? 'updatedAt' : 'createdAt';
  const isUp = query.direction === undefined ? false : query.direction === 'asc';
  pulls.sort((a, b) => (isUp ? 1 : -1) * (a[key].localeCompare(b[key]) || a.number - b.number));
  return list(call, pulls, (issue) => viewPullSimple(world, repository, issue));
}

async function create(call: RepositoryCall) {
  const { body } = call;
  const text = readText(body, 'body') ?? null;
  checkLength(text);
  const issue = await openPull(call, {
    title: needText(body, 'title'),
    body: text,
    head: needText(body, 'head'),
    base: needText(body, 'base'),
    draft: body.draft === true,
  });
  return created(await view(call, issue));
}

/** Also as a diff or patch, where the client asks for that media type. */
async function getOne(call: RepositoryCall) {
  const issue = pullOf(call);
  if (/\.diff\b/.test(call.headers.accept ?? '')) {
    const { git } = call.repository;
    const start = (await git.mergeBase(issue.pull.baseSha, issue.pull.headSha)) ?? issue.pull.baseSha;
    return { status: 200, text: `${await git.diff(start, issue.pull.headSha)}\n` };
  }
  return ok(await view(call, issue, true));
}

async function update(call: RepositoryCall) {
  const { repository, body } = call;
  const issue = pullOf(call);
  const text = body.body === null ? null : readText(body, 'body');
  checkLength(text);
  editTexts(call, issue, readText(body, 'title'), text);
  const base = readText(body, 'base');
  if (base !== undefined && base !== issue.pull.base) {
    const baseSha = await repository.git.find(`refs/heads/${base}`);
    if (!baseSha) throw invalid('PullRequest', 'base', 'invalid');
    Object.assign(issue.pull, { base, baseSha });
    tell(call, issue, 'edited', { changes: { base: {} } });
  }
  if (body.state === 'closed') closeIssue(call, issue);
  if (body.state === 'open' && issue.pull.mergedAt === null) reopenIssue(call, issue);
  return ok(await view(call, issue));
}

async function listCommits(call: RepositoryCall) {
  const { world, repository } = call;
  const { pull } = pullOf(call);
  const start = (await repository.git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const commits = (await repository.git.between(start, pull.headSha)).reverse();
  return list(call, commits, (commit) => viewCommit(world, repository, commit));
}

async function listFiles(call: RepositoryCall) {
  const { world, repository } = call;
  const { pull } = pullOf(call);
  const start = (await repository.git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const files = viewFiles(world, repository, pull.headSha, await repository.git.changes(start, pull.headSha));
  return list(call, files, (file) => file);
}

function isMerged(call: RepositoryCall) {
  if (pullOf(call).pull.mergedAt === null) throw notFound();
  return noContent();
}

async function merge(call: RepositoryCall) {
  const { body } = call;
  const sha = readText(body, 'sha');
  const title = readText(body, 'commit_title');
  const message = readText(body, 'commit_message');
  const merged = await mergePull(call, pullOf(call), {
    method: (readText(body, 'merge_method') ?? 'merge') as MergeMethod,
    ...(sha === undefined ? {} : { sha }),
    ...(title === undefined ? {} : { title }),
    ...(message === undefined ? {} : { message }),
  });
  return ok({ sha: merged, merged: true, message: 'Pull Request successfully merged' });
}

/** Merges the base into the head, as the button "Update branch" does. */
async function updateBranch(call: RepositoryCall) {
  const { world, repository, actor, body } = call;
  const { pull, number } = pullOf(call);
  const expected = readText(body, 'expected_head_sha');
  if (expected !== undefined && expected !== pull.headSha) {
    throw new Refusal(422, `expected head sha didn't match current head ref.`);
  }
  const base = (await repository.git.find(`refs/heads/${pull.base}`)) ?? '';
  const { tree, conflicts } = await repository.git.merge(pull.headSha, base);
  if (conflicts.length > 0) throw new Refusal(422, 'merge conflict between base and head');
  const who = { name: actor.user.name, email: actor.user.email, date: world.now() };
  const before = pull.headSha;
  const after = await repository.git.writeCommit({
    tree,
    parents: [before, base],
    message: `Merge branch '${pull.base}' into ${pull.head}`,
    author: who,
    committer: who,
  });
  const ref = `refs/heads/${pull.head}`;
  await repository.git.update(ref, after, before);
  await refChanged(call, { ref, before, after });
  const url = `${world.url}/repos/${repository.fullName}/pulls/${number}`;
  return { status: 202, body: { message: 'Updating pull request branch.', url } };
}

async function listPullsOfCommit(call: RepositoryCall) {
  const { world, repository, params } = call;
  const sha = params.commit_sha ?? '';
  const holds = await Promise.all(
    allPulls(call).map(
      async ({ pull }) => pull.mergeSha === sha || (await repository.git.isAncestor(sha, pull.headSha)),
    ),
  );
  const pulls = allPulls(call).filter((_pull, index) => holds[index]);
  return list(call, pulls, (issue) => viewPullSimple(world, repository, issue));
}
