import {
  created,
  invalid,
  needText,
  notFound,
  ok,
  Refusal,
  type RepositoryCall,
  type Route,
  readText,
} from '../answers.ts';
import type { Json } from '../state.ts';
import { viewGitCommit } from '../views/commit.ts';
import { apiOf } from '../views/repository.ts';
import { toNodeId } from '../views/user.ts';

const READ = [{ contents: 'read' }] as const;
const WRITE = [{ contents: 'write' }] as const;

export const gitDataRoutes: readonly Route[] = [
  { method: 'GET', path: '/git/commits/{commit_sha}', needs: READ, handle: getCommit },
  { method: 'POST', path: '/git/commits', needs: WRITE, handle: createCommit },
  { method: 'GET', path: '/git/trees/{tree_sha}', needs: READ, handle: getTree },
  { method: 'POST', path: '/git/trees', needs: WRITE, handle: createTree },
  { method: 'GET', path: '/git/blobs/{file_sha}', needs: READ, handle: getBlob },
  { method: 'POST', path: '/git/blobs', needs: WRITE, handle: createBlob },
];

export const gitApi = (call: RepositoryCall) => `${apiOf(call.world, call.repository)}/git`;

async function getCommit(call: RepositoryCall) {
  const commit = await call.repository.git.commit(call.params.commit_sha ?? '');
  if (!commit) throw notFound();
  return ok(viewGitCommit(call.world, call.repository, commit));
}

type Person = { name?: string; email?: string; date?: string } | undefined;

/** Without an author the commit is the token's own, and GitHub signs those of apps. */
async function createCommit(call: RepositoryCall) {
  const { world, repository, actor, body } = call;
  const tree = needText(body, 'tree');
  if ((await repository.git.typeOf(tree)) !== 'tree') throw new Refusal(422, 'Tree SHA does not exist');
  const self = { name: actor.user.name, email: actor.user.email, date: world.now() };
  const author = { ...self, ...(body.author as Person) };
  const committer = { ...author, ...(body.committer as Person) };
  const parents = (body.parents ?? []) as string[];
  for (const parent of parents) {
    if ((await repository.git.typeOf(parent)) !== 'commit')
      throw new Refusal(422, 'Parent SHA does not exist or is not a commit object');
  }
  const sha = await repository.git.writeCommit({
    tree,
    parents,
    message: needText(body, 'message'),
    author,
    committer,
  });
  if (call.token.kind !== 'pat' && !body.author && !body.committer) repository.signed.add(sha);
  const commit = await repository.git.commit(sha);
  if (!commit) throw notFound();
  return created(viewGitCommit(world, repository, commit));
}

async function viewTree(call: RepositoryCall, name: string, recursive: boolean): Promise<Json> {
  const { git } = call.repository;
  const entries = await git.tree(name, recursive);
  return {
    sha: name,
    url: `${gitApi(call)}/trees/${name}`,
    tree: entries.map(({ path, mode, type, sha, size }) => ({
      path,
      mode,
      type,
      sha,
      ...(size === null ? {} : { size }),
      url: `${gitApi(call)}/${type}s/${sha}`,
    })),
    truncated: false,
  };
}

async function getTree(call: RepositoryCall) {
  const { git } = call.repository;
  const name = call.params.tree_sha ?? '';
  const sha = (await git.typeOf(name)) === 'tree' ? name : await git.resolve(name);
  if (!sha) throw notFound();
  return ok(await viewTree(call, sha, call.query.recursive !== undefined));
}

type TreeItem = { path: string; mode: string; sha?: string | null; content?: string };

async function createTree(call: RepositoryCall) {
  const { repository, body } = call;
  const base = readText(body, 'base_tree') ?? null;
  const items = (body.tree ?? []) as TreeItem[];
  if (base && !(await repository.git.typeOf(base)))
    throw new Refusal(422, 'base_tree is not a valid tree oid');
  const entries = await Promise.all(
    items.map(async ({ path, mode, sha, content }) => ({
      path,
      mode,
      sha: content === undefined ? (sha ?? null) : await repository.git.writeBlob(Buffer.from(content)),
    })),
  );
  for (const { sha } of entries) {
    if (sha && !(await repository.git.typeOf(sha)))
      throw invalid('Tree', 'tree.sha', 'invalid', `${sha} is not a valid blob`);
  }
  return created(await viewTree(call, await repository.git.writeTree(base, entries), false));
}

async function getBlob(call: RepositoryCall) {
  const { git } = call.repository;
  const sha = call.params.file_sha ?? '';
  if ((await git.typeOf(sha)) !== 'blob') throw notFound();
  const content = await git.blob(sha);
  return ok({
    sha,
    node_id: toNodeId('B', sha),
    size: content.length,
    url: `${gitApi(call)}/blobs/${sha}`,
    content: toBase64(content),
    encoding: 'base64',
  });
}

/** GitHub breaks the lines after 60 characters. */
export function toBase64(content: Buffer): string {
  return content.toString('base64').replace(/.{60}/g, '$&\n');
}

async function createBlob(call: RepositoryCall) {
  const encoding = readText(call.body, 'encoding') === 'base64' ? 'base64' : 'utf8';
  const sha = await call.repository.git.writeBlob(Buffer.from(needText(call.body, 'content'), encoding));
  return created({ sha, url: `${gitApi(call)}/blobs/${sha}` });
}
