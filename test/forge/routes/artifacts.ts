import { removeArtifact } from '../actions/artifacts.ts';
import { list, noContent, notFound, ok, type RepositoryCall, type Route } from '../answers.ts';
import { runOf } from '../model/runs.ts';
import type { Artifact, Json } from '../state.ts';
import { apiOf } from '../views/repository.ts';
import { toNodeId } from '../views/user.ts';

const READ = [{ actions: 'read' }] as const;
const one = '/actions/artifacts/{artifact_id}';

export const artifactRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/actions/artifacts',
    needs: READ,
    handle: (call) => answer(call, call.repository.artifacts),
  },
  { method: 'GET', path: one, needs: READ, handle: (call) => ok(view(call, artifactOf(call))) },
  { method: 'DELETE', path: one, needs: [{ actions: 'write' }], handle: remove },
  { method: 'GET', path: '/actions/runs/{run_id}/artifacts', needs: READ, handle: listOfRun },
];

function artifactOf({ repository, params }: RepositoryCall): Artifact {
  const found = repository.artifacts.find(({ id }) => id === Number(params.artifact_id));
  if (!found) throw notFound();
  return found;
}

function view({ world, repository }: RepositoryCall, artifact: Artifact): Json {
  const url = `${apiOf(world, repository)}/actions/artifacts/${artifact.id}`;
  return {
    id: artifact.id,
    node_id: toNodeId('AR', artifact.id),
    name: artifact.name,
    size_in_bytes: 1,
    url,
    archive_download_url: `${url}/zip`,
    expired: false,
    created_at: artifact.createdAt,
    updated_at: artifact.createdAt,
    expires_at: artifact.createdAt,
  };
}

function answer(call: RepositoryCall, artifacts: readonly Artifact[]) {
  const wanted = artifacts.filter(({ name }) => !call.query.name || name === call.query.name);
  return list(
    call,
    wanted,
    (artifact) => view(call, artifact),
    (items, total) => ({ total_count: total, artifacts: items }),
  );
}

function listOfRun(call: RepositoryCall) {
  const run = runOf(call.repository, call.params.run_id ?? '');
  return answer(
    call,
    call.repository.artifacts.filter((artifact) => artifact.run === run.id),
  );
}

async function remove(call: RepositoryCall) {
  const artifact = artifactOf(call);
  call.repository.artifacts = call.repository.artifacts.filter((entry) => entry !== artifact);
  await removeArtifact(artifact);
  return noContent();
}
