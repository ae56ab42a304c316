import { createSite, type Site } from '../platforms/github/site.ts';
import type { Clock } from '../ports/host.ts';
import { inspectCheckout } from '../workspace/checkout.ts';
import { choosePlatform } from './choose-platform.ts';
import type { Environment } from './compose.ts';
import type { Access } from './credentials/open-access.ts';

export type { Look, Site } from '../platforms/github/site.ts';
export type { LabelRow, Proposed } from '../platforms/github/site-writes.ts';

type Pace = {
  clock: Clock;
  /** Length of a second in waits and time limits; default 1000 ms. */
  secondMs?: number | undefined;
};

/** The page of the repository that a run works on, with the run's own token; undefined where it is not on GitHub. */
export function openSiteOf(
  { chosen, tokens }: Pick<Access, 'chosen' | 'tokens'>,
  { clock, secondMs }: Pace,
): Site | undefined {
  if (chosen.id !== 'github') return undefined;
  const { owner, repo, apiUrl, token, pageUrl } = chosen;
  return createSite({
    owner,
    repo,
    apiUrl,
    token,
    tokens,
    pageUrl,
    clock,
    ...(secondMs ? { secondMs } : {}),
  });
}

export type SiteRequest = Pace & {
  directory: string;
  environment: Environment;
  remote?: string | undefined;
  platform?: string | undefined;
};

/** The same before there is a configuration, with a person's token. Throws USAGE where there is none. */
export async function openSite(request: SiteRequest): Promise<Site | undefined> {
  const { directory, environment, remote, platform } = request;
  const { remotes } = await inspectCheckout(directory, environment);
  const chosen = choosePlatform({
    remotes,
    wantedRemote: remote ?? (environment.TAMMA_REMOTE || undefined),
    wantedPlatform: platform ?? (environment.TAMMA_PLATFORM || undefined),
    environment: { ...environment, TAMMA_APP_ID: undefined, TAMMA_APP_PRIVATE_KEY: undefined },
  });
  return openSiteOf({ chosen, tokens: undefined }, request);
}
