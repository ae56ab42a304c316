import { Refusal } from '../answers.ts';
import { needsPull } from '../hooks.ts';
import type { Repository, Token } from '../state.ts';
import { rulesFor } from './rules.ts';

/** What the hook refuses to a push, the API refuses too: of a file with 409, of a ref with 422. */
export function demandUnprotected(
  repository: Repository,
  ref: string,
  isForced: boolean,
  status: 409 | 422 = 422,
): void {
  const rules = rulesFor(repository, ref.replace(/^refs\/heads\//, ''));
  if (!rules) return;
  if (needsPull(rules)) throw new Refusal(status, 'Changes must be made through a pull request.');
  if (isForced && !rules.allowForcePushes) throw new Refusal(422, 'Cannot force-push to this branch');
}

/** A token of an app or job changes nothing below `.github/workflows` without the permission for it. */
export async function demandNoWorkflowChange(
  repository: Repository,
  token: Token,
  before: string | null,
  after: string,
): Promise<void> {
  if (token.kind === 'pat' || token.permissions?.workflows === 'write') return;
  const base = before ?? (await repository.git.find(`refs/heads/${repository.defaultBranch}`)) ?? after;
  const start = (await repository.git.mergeBase(base, after)) ?? base;
  const changes = await repository.git.changes(start, after);
  const file = changes.find(({ path }) => path.startsWith('.github/workflows/'));
  if (!file) return;
  throw new Refusal(
    403,
    `refusing to allow a GitHub App to create or update workflow \`${file.path}\` without \`workflows\` permission`,
  );
}
