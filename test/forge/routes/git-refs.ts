import {
  created,
  list,
  needText,
  noContent,
  notFound,
  ok,
  Refusal,
  type RepositoryCall,
  type Route,
} from '../answers.ts';
import { demandNoWorkflowChange, demandUnprotected } from '../model/ref-rules.ts';
import { refChanged } from '../model/refs.ts';
import type { Json } from '../state.ts';
import { toNodeId } from '../views/user.ts';
import { gitApi } from './git-data.ts';

const READ = [{ contents: 'read' }] as const;
const WRITE = [{ contents: 'write' }] as const;

export const gitRefRoutes: readonly Route[] = [
  { method: 'GET', path: '/git/ref/{ref}', needs: READ, handle: getRef },
  { method: 'GET', path: '/git/matching-refs/{ref}', needs: READ, handle: listRefs },
  { method: 'POST', path: '/git/refs', needs: WRITE, handle: createRef },
  { method: 'PATCH', path: '/git/refs/{ref}', needs: WRITE, handle: updateRef },
  { method: 'DELETE', path: '/git/refs/{ref}', needs: WRITE, handle: deleteRef },
];

async function viewRef(call: RepositoryCall, ref: string, sha: string): Promise<Json> {
  const type = (await call.repository.git.typeOf(sha)) ?? 'commit';
  return {
    ref,
    node_id: toNodeId('REF', `${call.repository.id}:${ref}`),
    url: `${gitApi(call)}/${ref}`,
    object: { sha, type, url: `${gitApi(call)}/${type}s/${sha}` },
  };
}

async function getRef(call: RepositoryCall) {
  const ref = `refs/${call.params.ref}`;
  const sha = await call.repository.git.find(ref);
  if (!sha) throw notFound();
  return ok(await viewRef(call, ref, sha));
}

async function listRefs(call: RepositoryCall) {
  const refs = [...(await call.repository.git.refs())];
  const matching = refs.filter(([ref]) => ref.startsWith(`refs/${call.params.ref}`));
  return list(call, matching, ([ref, sha]) => viewRef(call, ref, sha));
}

async function createRef(call: RepositoryCall) {
  const { repository, body } = call;
  const ref = needText(body, 'ref');
  const sha = needText(body, 'sha');
  if (!/^refs\/(?:heads|tags)\/.+/.test(ref))
    throw new Refusal(422, "Reference name must start with 'refs/' and have at least two slashes.");
  if ((await repository.git.typeOf(sha)) !== 'commit') throw new Refusal(422, 'Object does not exist');
  if (await repository.git.find(ref)) throw new Refusal(422, 'Reference already exists');
  await demandNoWorkflowChange(repository, call.token, null, sha);
  if (!(await repository.git.update(ref, sha, null)))
    throw new Refusal(422, `${ref} is not a valid ref name.`);
  await refChanged(call, { ref, before: null, after: sha });
  return created(await viewRef(call, ref, sha));
}

async function updateRef(call: RepositoryCall) {
  const { repository, body, params } = call;
  const ref = `refs/${params.ref}`;
  const sha = needText(body, 'sha');
  const before = await repository.git.find(ref);
  if (!before) throw new Refusal(422, 'Reference does not exist');
  if ((await repository.git.typeOf(sha)) !== 'commit') throw new Refusal(422, 'Object does not exist');
  const isForward = await repository.git.isAncestor(before, sha);
  if (!isForward && body.force !== true) throw new Refusal(422, 'Update is not a fast forward');
  demandUnprotected(repository, ref, !isForward);
  await demandNoWorkflowChange(repository, call.token, before, sha);
  if (!(await repository.git.update(ref, sha, before))) throw new Refusal(409, 'Reference cannot be updated');
  await refChanged(call, { ref, before, after: sha });
  return ok(await viewRef(call, ref, sha));
}

async function deleteRef(call: RepositoryCall) {
  const { repository, params } = call;
  const ref = `refs/${params.ref}`;
  const before = await repository.git.find(ref);
  if (!before) throw new Refusal(422, 'Reference does not exist');
  if (ref === `refs/heads/${repository.defaultBranch}`)
    throw new Refusal(422, 'Cannot delete the default branch');
  demandUnprotected(repository, ref, true);
  await repository.git.update(ref, null, before);
  await refChanged(call, { ref, before, after: null });
  return noContent();
}
