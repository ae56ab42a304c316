import { list, ok, Refusal, type RepositoryCall, type Route } from '../answers.ts';
import { viewCommit } from '../views/commit.ts';
import { apiOf, htmlOf } from '../views/repository.ts';

const READ = [{ contents: 'read' }] as const;

export const branchRoutes: readonly Route[] = [
  { method: 'GET', path: '/branches', needs: READ, handle: listBranches },
  { method: 'GET', path: '/branches/{branch}', needs: READ, handle: getBranch },
];

export const protectionUrl = ({ world, repository }: RepositoryCall, name: string) =>
  `${apiOf(world, repository)}/branches/${name}/protection`;

async function listBranches(call: RepositoryCall) {
  const { world, repository } = call;
  const heads = [...(await repository.git.refs())].filter(([ref]) => ref.startsWith('refs/heads/'));
  const branches = heads.map(([ref, sha]) => ({ name: ref.slice('refs/heads/'.length), sha }));
  const wanted = branches.filter(
    ({ name }) =>
      call.query.protected === undefined || String(repository.protections.has(name)) === call.query.protected,
  );
  return list(call, wanted, ({ name, sha }) => ({
    name,
    commit: { sha, url: `${apiOf(world, repository)}/commits/${sha}` },
    protected: repository.protections.has(name),
    protection_url: protectionUrl(call, name),
  }));
}

async function getBranch(call: RepositoryCall) {
  const { world, repository, params } = call;
  const name = params.branch ?? '';
  const sha = await repository.git.find(`refs/heads/${name}`);
  const commit = sha && (await repository.git.commit(sha));
  if (!commit) throw new Refusal(404, 'Branch not found');
  const rules = repository.protections.get(name);
  return ok({
    name,
    commit: viewCommit(world, repository, commit),
    _links: {
      self: `${apiOf(world, repository)}/branches/${name}`,
      html: `${htmlOf(world, repository)}/tree/${name}`,
    },
    protected: rules !== undefined,
    protection: {
      enabled: rules !== undefined,
      required_status_checks: {
        enforcement_level: rules && rules.requiredChecks.length > 0 ? 'everyone' : 'off',
        contexts: rules?.requiredChecks ?? [],
        checks: (rules?.requiredChecks ?? []).map((context) => ({ context, app_id: null })),
      },
    },
    protection_url: protectionUrl(call, name),
  });
}
