import { z } from 'zod';
import type { TammaError } from '../../core/errors.ts';
import type {
  ApiCommit,
  ApiComparison,
  ApiObject,
  ApiWrite,
  ApiWritten,
  BranchApi,
} from '../../ports/branch-api.ts';
import { hasType, isAmbiguous, refusedWith } from './failure.ts';
import type { Api } from './request.ts';
import { createSignedCommit } from './signed-commit.ts';

const id = z.object({ oid: z.string() });
const commit = z.object({ tree: id, message: z.string(), parents: z.object({ nodes: z.array(id) }) });
const anyObject = z.discriminatedUnion('__typename', [
  commit.extend({ __typename: z.literal('Commit') }),
  z.object({
    __typename: z.literal('Tree'),
    entries: z.array(id.extend({ name: z.string(), mode: z.int() })),
  }),
  z.object({
    __typename: z.literal('Blob'),
    text: z.string().nullable(),
    isTruncated: z.boolean(),
    byteSize: z.int(),
  }),
]);
type AnyObject = z.infer<typeof anyObject>;

const COMMIT = 'tree { oid } message parents(first: 2) { nodes { oid } }';
const OBJECT = `__typename ... on Commit { ${COMMIT} } ... on Tree { entries { name mode oid } }
  ... on Blob { text isTruncated byteSize }`;

/** A query of so many objects is answered well within GitHub's ten seconds. */
const OBJECTS_AT_ONCE = 50;

/** A log has many small files where a change of code has few. */
const MAX_FILES = 1000;

/** Branches of a repository through GraphQL, where one mutation commits on a given head; the first commit takes REST. */
export function createBranchApi(api: Api, host: string): BranchApi {
  return {
    place: `${host}/${api.owner}/${api.repo}`,
    findHead: (branch) => findHead(api, branch),
    compare: (from, to) => compare(api, from, to),
    async read(ids) {
      const found = new Map<string, ApiObject>();
      for (let start = 0; start < ids.length; start += OBJECTS_AT_ONCE) {
        for (const [name, object] of await readSome(api, ids.slice(start, start + OBJECTS_AT_ONCE)))
          found.set(name, object);
      }
      return found;
    },
    write: (order) => (order.expected === null ? begin(api, order) : append(api, order, order.expected)),
  };
}

async function findHead(api: Api, branch: string): Promise<{ id: string; commit: ApiCommit } | null> {
  const target = z.object({ target: id.extend(commit.shape) }).nullable();
  const { repository } = await api.query(
    z.object({ repository: z.object({ ref: target }) }),
    `query branch($owner: String!, $repo: String!, $ref: String!) {
      repository(owner: $owner, name: $repo) { ref(qualifiedName: $ref) { target { oid ... on Commit { ${COMMIT} } } } }
    }`,
    { owner: api.owner, repo: api.repo, ref: `refs/heads/${branch}` },
  );
  const { ref } = repository;
  return ref && { id: ref.target.oid, commit: toCommit(ref.target) };
}

function toCommit({ tree, message, parents }: z.infer<typeof commit>): ApiCommit {
  return { type: 'commit', tree: tree.oid, message, parents: parents.nodes.map(({ oid }) => oid) };
}

const comparison = z.object({
  status: z.enum(['identical', 'ahead', 'behind', 'diverged']),
  commits: z.array(
    z.object({
      sha: z.string(),
      commit: z.object({ message: z.string(), tree: z.object({ sha: z.string() }) }),
      parents: z.array(z.object({ sha: z.string() })),
    }),
  ),
});

const relations = { identical: 'same', ahead: 'ahead', behind: 'behind', diverged: 'apart' } as const;

/** Commits that have nothing in common, or are no more, are not found. */
async function compare(api: Api, from: string, to: string): Promise<ApiComparison> {
  const found = await api.find(comparison, 'GET /repos/{owner}/{repo}/compare/{basehead}', {
    basehead: `${from}...${to}`,
  });
  if (!found) return { relation: 'apart', commits: new Map() };
  const commits = found.commits.map(({ sha, commit: { message, tree }, parents }): [string, ApiCommit] => [
    sha,
    { type: 'commit', tree: tree.sha, message, parents: parents.map((parent) => parent.sha) },
  ]);
  return { relation: relations[found.status], commits: new Map(commits) };
}

async function readSome(api: Api, ids: readonly string[]): Promise<[string, ApiObject][]> {
  const fields = ids.map((oid, index) => `o${index}: object(oid: "${toOid(oid)}") { ${OBJECT} }`);
  const { repository } = await api.query(
    z.object({ repository: z.record(z.string(), anyObject.nullable()) }),
    `query objects($owner: String!, $repo: String!) {
      repository(owner: $owner, name: $repo) { ${fields.join('\n')} }
    }`,
    { owner: api.owner, repo: api.repo },
  );
  const found = ids.map(async (name, index): Promise<[string, ApiObject][]> => {
    const object = repository[`o${index}`];
    return object ? [[name, await toObject(api, name, object)]] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Part of a query, so nothing else may be in it. */
function toOid(text: string): string {
  return /^[0-9a-f]{40,64}$/.test(text) ? text : '0'.repeat(40);
}

async function toObject(api: Api, name: string, object: AnyObject): Promise<ApiObject> {
  if (object.__typename === 'Commit') return toCommit(object);
  if (object.__typename === 'Tree') {
    const entries = object.entries.map((entry) => ({
      mode: entry.mode.toString(8),
      name: entry.name,
      id: entry.oid,
    }));
    return { type: 'tree', entries };
  }
  const isWhole = object.text !== null && !object.isTruncated;
  const content = isWhole ? Buffer.from(object.text ?? '') : undefined;
  if (content?.length === object.byteSize) return { type: 'blob', content };
  return { type: 'blob', content: await readBlob(api, name) };
}

/** What is no text, or much of it. */
async function readBlob(api: Api, name: string): Promise<Buffer> {
  const blob = z.object({ content: z.string(), encoding: z.literal('base64') });
  const { content } = await api.get(blob, 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}', {
    file_sha: name,
  });
  return Buffer.from(content, 'base64');
}

async function append(api: Api, order: ApiWrite, expected: string): Promise<ApiWritten> {
  const { branch, message, files } = order;
  try {
    const made = await createSignedCommit(api, {
      name: branch,
      expected,
      message,
      files,
      maxFiles: MAX_FILES,
    });
    return { status: 'written', commit: made };
  } catch (error) {
    if (isAmbiguous(error)) return { status: 'unknown', reason: (error as TammaError).message };
    if (isStale(error)) return { status: 'moved' };
    throw error;
  }
}

function isStale(error: unknown): boolean {
  const { message } = error as Error;
  return (
    refusedWith(error) !== undefined &&
    (hasType(error, 'STALE_DATA') || /expected branch to point to/i.test(message))
  );
}

/** An orphan; nobody sees it before the last of the three requests, and that one is refused where the branch is there. */
async function begin(api: Api, { branch, message, files }: ApiWrite): Promise<ApiWritten> {
  const made = z.object({ sha: z.string() });
  const entries = [...files].flatMap(([path, content]) =>
    content ? [{ path, mode: '100644', type: 'blob', content: Buffer.from(content).toString() }] : [],
  );
  try {
    const tree = await api.write(made, 'POST /repos/{owner}/{repo}/git/trees', { tree: entries });
    const first = await api.write(made, 'POST /repos/{owner}/{repo}/git/commits', {
      message,
      tree: tree.sha,
      parents: [],
    });
    const ref = { ref: `refs/heads/${branch}`, sha: first.sha };
    await api.write(z.unknown(), 'POST /repos/{owner}/{repo}/git/refs', ref);
    return { status: 'written', commit: first.sha };
  } catch (error) {
    const text = (error as Error).message;
    if (isAmbiguous(error)) return { status: 'unknown', reason: text };
    if (refusedWith(error) === 422 && /already exists/i.test(text)) return { status: 'moved' };
    throw error;
  }
}
