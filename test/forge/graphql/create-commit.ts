import { demandNoWorkflowChange, demandUnprotected } from '../model/ref-rules.ts';
import { refChanged } from '../model/refs.ts';
import type { Json, Repository } from '../state.ts';
import { fromNodeId } from '../views/user.ts';
import { demandScopes, type GraphqlContext } from './context.ts';
import { GraphqlFailure } from './failure.ts';
import { toCommitObject, toRefObject } from './git-objects.ts';

export type CommitInput = {
  branch: { id?: string; repositoryNameWithOwner?: string; branchName?: string };
  expectedHeadOid: string;
  message: { headline: string; body?: string };
  fileChanges?: { additions?: { path: string; contents: string }[]; deletions?: { path: string }[] };
};

/**
 * A commit on top of exactly `expectedHeadOid`, signed by GitHub. Files are regular ones: there is no way to say a mode.
 * https://docs.github.com/graphql/reference/mutations#createcommitonbranch
 */
export async function createCommitOnBranch(
  { input }: { input: CommitInput & { clientMutationId?: string } },
  context: GraphqlContext,
): Promise<Json> {
  const { repository, ref } = findBranch(context, input);
  demandScopes(context, repository, { contents: 'write' });
  const { world, actor, token } = context;
  const head = await repository.git.find(ref);
  if (!head) throw new GraphqlFailure('NOT_FOUND', `Could not resolve to a Ref with the name '${ref}'.`);
  const stale = new GraphqlFailure(
    'STALE_DATA',
    `Expected branch to point to "${input.expectedHeadOid}" but it did not. Pull and try again.`,
  );
  if (head !== input.expectedHeadOid) throw stale;
  demandUnprotected(repository, ref, false);
  const date = world.now();
  const after = await repository.git.writeCommit({
    tree: await writeChanges(repository, head, input),
    parents: [head],
    message: [input.message.headline, input.message.body].filter(Boolean).join('\n\n'),
    author: { name: actor.user.name, email: actor.user.email, date },
    committer: { name: 'GitHub', email: 'noreply@github.com', date },
  });
  await demandNoWorkflowChange(repository, token, head, after);
  if (!(await repository.git.update(ref, after, head))) throw stale;
  repository.signed.add(after);
  await refChanged({ world, repository, actor }, { ref, before: head, after });
  return {
    clientMutationId: input.clientMutationId ?? null,
    commit: () => toCommitObject(context, repository, after),
    ref: () => toRefObject(context, repository, ref),
  };
}

function findBranch(
  { repositories }: GraphqlContext,
  { branch }: CommitInput,
): { repository: Repository; ref: string } {
  const [id, ...name] = branch.id ? fromNodeId(branch.id).id.split(':') : [];
  const repository = branch.id
    ? [...repositories.values()].find((entry) => String(entry.id) === id)
    : repositories.get((branch.repositoryNameWithOwner ?? '').toLowerCase());
  if (!repository) {
    throw new GraphqlFailure(
      'NOT_FOUND',
      `Could not resolve to a Repository with the name '${branch.repositoryNameWithOwner}'.`,
    );
  }
  const plain = (branch.branchName ?? '').replace(/^refs\/heads\//, '');
  return { repository, ref: branch.id ? name.join(':') : `refs/heads/${plain}` };
}

async function writeChanges(
  { git }: Repository,
  head: string,
  { fileChanges }: CommitInput,
): Promise<string> {
  const known = new Set((await git.tree(head, true)).map(({ path }) => path));
  const deletions = fileChanges?.deletions ?? [];
  const absent = deletions.find(({ path }) => !known.has(path));
  if (absent)
    throw new GraphqlFailure(
      'UNPROCESSABLE',
      `A path was requested for deletion which does not exist as of commit oid \`${head}\`: ${absent.path}`,
    );
  const additions = await Promise.all(
    (fileChanges?.additions ?? []).map(async ({ path, contents }) => ({
      path,
      mode: '100644',
      sha: await git.writeBlob(Buffer.from(contents, 'base64')),
    })),
  );
  return git.writeTree(head, [
    ...deletions.map(({ path }) => ({ path, mode: '0', sha: null })),
    ...additions,
  ]);
}
