import type { Json, Repository } from '../state.ts';
import { htmlOf } from '../views/repository.ts';
import { toNodeId } from '../views/user.ts';
import { connect, type PageArguments } from './connection.ts';
import { demandScopes, type GraphqlContext } from './context.ts';
import { toRollup } from './rollup.ts';

export async function toCommitObject(
  context: GraphqlContext,
  repository: Repository,
  sha: string,
): Promise<Json | null> {
  const commit = await repository.git.commit(sha);
  if (!commit) return null;
  const isSigned = repository.signed.has(sha);
  const [headline = ''] = commit.message.split('\n');
  return {
    __typename: 'Commit',
    id: toNodeId('C', `${repository.id}:${sha}`),
    oid: sha,
    abbreviatedOid: sha.slice(0, 7),
    url: `${htmlOf(context.world, repository)}/commit/${sha}`,
    commitUrl: `${htmlOf(context.world, repository)}/commit/${sha}`,
    message: commit.message,
    messageHeadline: headline,
    messageBody: commit.message.slice(headline.length).trim(),
    committedDate: commit.committer.date,
    authoredDate: commit.author.date,
    author: { name: commit.author.name, email: commit.author.email, date: commit.author.date },
    committer: { name: commit.committer.name, email: commit.committer.email, date: commit.committer.date },
    signature: isSigned
      ? { __typename: 'GpgSignature', isValid: true, state: 'VALID', wasSignedByGitHub: true }
      : null,
    tree: { __typename: 'Tree', oid: commit.tree },
    parents: (args: PageArguments) =>
      connect(
        commit.parents.map((oid) => ({ __typename: 'Commit', oid })),
        args,
      ),
    statusCheckRollup: toRollup(context, repository, sha),
  };
}

export async function toRefObject(
  context: GraphqlContext,
  repository: Repository,
  ref: string,
): Promise<Json | null> {
  demandScopes(context, repository, { contents: 'read' });
  const sha = await repository.git.find(ref);
  if (!sha) return null;
  return {
    __typename: 'Ref',
    id: toNodeId('REF', `${repository.id}:${ref}`),
    name: ref.replace(/^refs\/(?:heads|tags)\//, ''),
    prefix: ref.slice(0, ref.indexOf('/', 5) + 1),
    target: () => findObject(context, repository, sha),
    refUpdateRule: viewProtection(repository, ref),
  };
}

/** The part of a branch protection that everybody may see. */
function viewProtection(repository: Repository, ref: string): Json | null {
  const rules = repository.protections.get(ref.replace('refs/heads/', ''));
  if (!rules) return null;
  return {
    __typename: 'RefUpdateRule',
    pattern: ref.replace('refs/heads/', ''),
    requiredApprovingReviewCount: rules.requiredReviews || null,
    requiredStatusCheckContexts: rules.requiredChecks,
    requiresConversationResolution: rules.requireConversationResolution,
    requiresCodeOwnerReviews: false,
    requiresLinearHistory: false,
    requiresSignatures: false,
    allowsForcePushes: rules.allowForcePushes,
    allowsDeletions: rules.allowDeletions,
  };
}

/** By id (of any object), branch, or `<branch>:<path>`. */
export async function findObject(
  context: GraphqlContext,
  repository: Repository,
  name: string,
): Promise<Json | null> {
  demandScopes(context, repository, { contents: 'read' });
  const type = /^[0-9a-f]{40}$/.test(name) ? await repository.git.typeOf(name) : undefined;
  if (type === 'tree') return toTreeObject(repository, name);
  if (type === 'blob') return toBlobObject(await repository.git.blob(name), name);
  const [start = '', path] = name.split(/:(.*)/s);
  const sha = await repository.git.resolve(start);
  if (!sha) return null;
  if (path === undefined) return toCommitObject(context, repository, sha);
  if ((await repository.git.typeOf(`${sha}:${path}`)) !== 'blob') return null;
  const content = await repository.git.blob(`${sha}:${path}`);
  return toBlobObject(content, await repository.git.writeBlob(content));
}

async function toTreeObject(repository: Repository, sha: string): Promise<Json> {
  const entries = await repository.git.tree(sha, false);
  return {
    __typename: 'Tree',
    oid: sha,
    entries: entries.map(({ path, mode, type, sha: oid }) => ({
      name: path,
      mode: Number.parseInt(mode, 8),
      type,
      oid,
    })),
  };
}

/** GitHub shows half a megabyte of a text, and none of what is no text. */
function toBlobObject(content: Buffer, oid: string): Json {
  const isBinary = content.subarray(0, 8000).includes(0);
  return {
    __typename: 'Blob',
    oid,
    text: isBinary ? null : content.subarray(0, 512_000).toString(),
    byteSize: content.length,
    isBinary,
    isTruncated: content.length > 512_000,
  };
}
