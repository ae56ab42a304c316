import type { Environment } from './compose.ts';

export type Identity = { name: string; email: string };

/** Whom GitHub shows for what a workflow does with the job's own token (docs.github.com, "github-actions[bot]"). */
const ACTIONS_BOT: Identity = {
  name: 'github-actions[bot]',
  email: '41898282+github-actions[bot]@users.noreply.github.com',
};

/**
 * Who commits: what this run's environment says (git-commit(1), "COMMIT INFORMATION"), then git's own configuration.
 * A runner of GitHub Actions has neither, and everybody there knows the bot. Null elsewhere: git's guess from the host
 * name is not taken.
 */
export function chooseIdentity(environment: Environment, configured: Identity | undefined): Identity | null {
  const name = environment.GIT_AUTHOR_NAME || configured?.name;
  const email = environment.GIT_AUTHOR_EMAIL || configured?.email;
  if (name && email) return { name, email };
  return environment.GITHUB_ACTIONS === 'true' ? ACTIONS_BOT : null;
}
