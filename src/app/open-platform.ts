import type { Platform } from '../ports/platform.ts';
import type { Repository } from '../ports/repository.ts';
import type { CheckoutInspection } from '../workspace/checkout.ts';
import { chooseIdentity, type Identity } from './choose-identity.ts';
import type { ComposeOptions, Environment } from './compose.ts';
import type { Access } from './credentials/open-access.ts';
import { toHeader, toSshEnvironment } from './remote-access.ts';

type PlatformParts = { repository: Repository; checkout: CheckoutInspection; options: ComposeOptions };

/** Only the chosen platform is loaded. */
export async function openPlatform(
  { chosen, tokens }: Access,
  { repository: { gitDirectory }, checkout, options: { clock, environment, secondMs } }: PlatformParts,
): Promise<Platform> {
  if (chosen.id === 'github') {
    const { createGitHubPlatform } = await import('../platforms/github/github.ts');
    const { owner, repo, apiUrl, token, remote } = chosen;
    // Where nobody is named the token says who we are: an app's in a job is not the job's bot.
    const named = findNamed(environment, checkout);
    return createGitHubPlatform({
      ...{ owner, repo, apiUrl, token, tokens, gitUrl: remote.url, gitDirectory, clock },
      ...(named ? { identity: named } : {}),
      ...(environment.GITHUB_RUN_ID ? { runId: environment.GITHUB_RUN_ID } : {}),
      ...(secondMs === undefined ? {} : { secondMs }),
    });
  }
  const { createPlainGitPlatform } = await import('../platforms/plain-git/plain-git.ts');
  const { remote } = chosen;
  return createPlainGitPlatform({
    gitDirectory,
    checkout: checkout.bare ? null : { directory: checkout.directory },
    remote: remote && {
      environment: toSshEnvironment(environment),
      url: remote.url,
      authorization: toHeader(remote),
    },
    identity: chooseIdentity(environment, checkout.identity),
    clock,
  });
}

/** Whom somebody has named to commit, in the environment or in git's configuration. */
function findNamed(environment: Environment, { identity }: CheckoutInspection): Identity | null {
  return chooseIdentity({ ...environment, GITHUB_ACTIONS: undefined }, identity);
}

/** Whose name is on the commits of the log: with a GitHub App not the job's bot, but its own. */
export async function findCommitter(
  { tokens }: Access,
  platform: Platform,
  {
    checkout,
    environment,
    host,
  }: { checkout: CheckoutInspection } & Pick<ComposeOptions, 'environment' | 'host'>,
): Promise<Identity | null> {
  if (!tokens) return chooseIdentity(environment, checkout.identity);
  const { login, name, email } = await platform.actors.self();
  const text = `acting as ${login}, with tokens for ${platform.repository} that end with this run`;
  host.report({ kind: 'note', level: 'info', text });
  return findNamed(environment, checkout) ?? { name, email };
}
