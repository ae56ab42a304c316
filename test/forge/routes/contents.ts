import {
  list,
  needText,
  notFound,
  ok,
  Refusal,
  type RepositoryCall,
  type Route,
  readText,
} from '../answers.ts';
import { demandNoWorkflowChange, demandUnprotected } from '../model/ref-rules.ts';
import { refChanged } from '../model/refs.ts';
import type { Json } from '../state.ts';
import { viewCommit, viewFiles, viewGitCommit } from '../views/commit.ts';
import { apiOf, htmlOf } from '../views/repository.ts';
import { toBase64 } from './git-data.ts';

const READ = [{ contents: 'read' }] as const;
const WRITE = [{ contents: 'write' }] as const;

export const contentRoutes: readonly Route[] = [
  { method: 'GET', path: '/contents/{path}', needs: READ, handle: getContents },
  { method: 'PUT', path: '/contents/{path}', needs: WRITE, handle: (call) => putFile(call, false) },
  { method: 'DELETE', path: '/contents/{path}', needs: WRITE, handle: (call) => putFile(call, true) },
  { method: 'GET', path: '/commits', needs: READ, handle: listCommits },
  { method: 'GET', path: '/commits/{ref}', needs: READ, handle: getCommit },
  { method: 'GET', path: '/compare/{basehead}', needs: READ, handle: compare },
];

async function getContents(call: RepositoryCall) {
  const { repository, params, query, headers } = call;
  const commit = await repository.git.resolve(query.ref ?? repository.defaultBranch);
  if (!commit) throw new Refusal(404, `No commit found for the ref ${query.ref ?? ''}`);
  const path = params.path ?? '';
  const name = `${commit}:${path}`;
  const type = await repository.git.typeOf(name);
  if (type === undefined) throw notFound();
  if (type === 'tree') {
    const entries = await repository.git.tree(name, false);
    return ok(
      entries.map((entry) => ({
        ...viewPlace(call, `${path ? `${path}/` : ''}${entry.path}`, entry.sha, query.ref),
        type: entry.type === 'tree' ? 'dir' : 'file',
        size: entry.size ?? 0,
      })),
    );
  }
  const content = await repository.git.blob(name);
  if (/\.raw\b/.test(headers.accept ?? '')) return { status: 200, text: content.toString() };
  return ok(await viewFile(call, commit, path, content));
}

async function viewFile(call: RepositoryCall, commit: string, path: string, content: Buffer): Promise<Json> {
  const { git } = call.repository;
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const entry = (await git.tree(`${commit}:${folder}`, false)).find(({ path: name }) => path.endsWith(name));
  return {
    ...viewPlace(call, path, entry?.sha ?? '', call.query.ref),
    type: 'file',
    size: content.length,
    encoding: 'base64',
    content: toBase64(content),
  };
}

function viewPlace(call: RepositoryCall, path: string, sha: string, ref: string | undefined): Json {
  const { world, repository } = call;
  const at = ref ?? repository.defaultBranch;
  const self = `${apiOf(world, repository)}/contents/${encodeURI(path)}?ref=${at}`;
  const git = `${apiOf(world, repository)}/git/blobs/${sha}`;
  const html = `${htmlOf(world, repository)}/blob/${at}/${encodeURI(path)}`;
  return {
    name: path.split('/').at(-1),
    path,
    sha,
    url: self,
    git_url: git,
    html_url: html,
    download_url: `${htmlOf(world, repository)}/raw/${at}/${encodeURI(path)}`,
    _links: { self, git, html },
  };
}

/** Creates, updates or deletes one file; a blob id that is not the present one is refused with 409. */
async function putFile(call: RepositoryCall, isGone: boolean) {
  const { world, repository, actor, params, body } = call;
  const { git } = repository;
  const path = params.path ?? '';
  const ref = `refs/heads/${readText(body, 'branch') ?? repository.defaultBranch}`;
  const before = await git.find(ref);
  if (!before) throw new Refusal(404, `Branch ${ref.slice('refs/heads/'.length)} not found`);
  const known = (await git.tree(before, true)).find((entry) => entry.path === path);
  const sha = readText(body, 'sha');
  if (known && sha === undefined) throw new Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
  if (sha !== undefined && sha !== known?.sha) throw new Refusal(409, `${path} does not match ${sha}`);
  demandUnprotected(repository, ref, false, 409);
  const content = isGone ? undefined : Buffer.from(needText(body, 'content'), 'base64');
  const blob = content && (await git.writeBlob(content));
  const tree = await git.writeTree(before, [{ path, mode: known?.mode ?? '100644', sha: blob ?? null }]);
  const who = { name: actor.user.name, email: actor.user.email, date: world.now() };
  const committer = { ...who, name: 'GitHub', email: 'noreply@github.com' };
  const message = needText(body, 'message');
  const after = await git.writeCommit({ tree, parents: [before], message, author: who, committer });
  await demandNoWorkflowChange(repository, call.token, before, after);
  if (!(await git.update(ref, after, before))) throw new Refusal(409, `${ref} is at another commit`);
  repository.signed.add(after);
  await refChanged(call, { ref, before, after });
  const commit = await git.commit(after);
  return {
    status: known ? 200 : 201,
    body: {
      content: content ? await viewFile(call, after, path, content) : null,
      commit: commit && viewGitCommit(world, repository, commit),
    },
  };
}

async function listCommits(call: RepositoryCall) {
  const { world, repository, query } = call;
  const start = await repository.git.resolve(query.sha ?? repository.defaultBranch);
  if (!start) throw notFound();
  const paths = query.path === undefined ? [] : ['--', query.path];
  const dates = query.since === undefined ? [] : [`--since=${query.since}`];
  const commits = await repository.git.log([...dates, start, ...paths]);
  return list(call, commits, (commit) => viewCommit(world, repository, commit));
}

/** A commit by branch, tag or id; only its id where that media type is asked for. */
async function getCommit(call: RepositoryCall) {
  const { world, repository, params, headers } = call;
  const sha = await repository.git.resolve(params.ref ?? '');
  const commit = sha && (await repository.git.commit(sha));
  if (!sha || !commit) throw new Refusal(422, `No commit found for SHA: ${params.ref}`);
  if (/\.sha\b/.test(headers.accept ?? '')) return { status: 200, text: sha };
  const parent = commit.parents[0];
  const files = parent === undefined ? [] : await repository.git.changes(parent, sha);
  return ok(viewCommit(world, repository, commit, files));
}

async function compare(call: RepositoryCall) {
  const { world, repository, params } = call;
  const { git } = repository;
  const [base = '', head = ''] = (params.basehead ?? '').split('...');
  const [from, to] = await Promise.all([git.resolve(base), git.resolve(head)]);
  const start = from && to && (await git.mergeBase(from, to));
  if (!from || !to || !start) throw notFound();
  const [ahead, behind] = await Promise.all([git.between(from, to), git.between(to, from)]);
  const [first, origin] = await Promise.all([git.commit(from), git.commit(start)]);
  const url = `${apiOf(world, repository)}/compare/${base}...${head}`;
  const html = `${htmlOf(world, repository)}/compare/${base}...${head}`;
  const status =
    from === to ? 'identical' : behind.length === 0 ? 'ahead' : ahead.length === 0 ? 'behind' : 'diverged';
  return ok({
    url,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: first && viewCommit(world, repository, first),
    merge_base_commit: origin && viewCommit(world, repository, origin),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: ahead.reverse().map((commit) => viewCommit(world, repository, commit)),
    files: viewFiles(world, repository, to, await git.changes(start, to)),
  });
}
