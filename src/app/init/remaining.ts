import { z } from 'zod';
import { type VendorId, vendors } from '../../core/config/vendors.ts';
import type { GitHubPlace } from '../choose-platform.ts';
import type { Site } from '../github-site.ts';

/** What only a person can do, in order. */
export type Remaining = { what: string; command?: string; link?: string };

export type RemainingOptions = {
  /** Undefined: plain git. */
  place: GitHubPlace | undefined;
  site: Site | undefined;
  vendor: VendorId;
  /** Files that are new in the checkout. */
  written: readonly string[];
  /** Of the pull request that proposes them. */
  pullUrl: string | undefined;
  label: string;
};

/** Nothing that is known to be done already is asked for; what this token may not see is. */
export function listRemaining(options: RemainingOptions): Promise<Remaining[]> {
  const { place } = options;
  return place ? listOnGitHub(place, options) : Promise.resolve(listOnPlainGit(options));
}

function listOnPlainGit({ written, vendor }: RemainingOptions): Remaining[] {
  const commit = { what: 'commit', command: toCommit(written) };
  return [
    { what: `put a key into the environment, such as ${vendors[vendor].apiKeyEnv}` },
    ...(written.length > 0 ? [commit] : []),
    { what: 'let it work on an issue; it asks you where it needs to', command: 'tamma run --next' },
  ];
}

function toCommit(written: readonly string[]): string {
  return `git add ${written.join(' ')} && git commit -m "Add Tamma"`;
}

async function listOnGitHub(
  { pageUrl }: GitHubPlace,
  { site, vendor, written, pullUrl, label }: RemainingOptions,
): Promise<Remaining[]> {
  const key = vendors[vendor].apiKeyEnv ?? '';
  const remaining: Remaining[] = [];
  if (!(await hasSecret(site, key)))
    remaining.push({
      what: `give it the key: a secret named ${key}`,
      command: `gh secret set ${key}`,
      link: `${pageUrl}/settings/secrets/actions/new`,
    });
  if (!(await mayOpenPulls(site)))
    remaining.push({
      what: 'let it open pull requests: tick “Allow GitHub Actions to create and approve pull requests”',
      link: `${pageUrl}/settings/actions`,
    });
  if (pullUrl) remaining.push({ what: 'merge the pull request; nothing happens before', link: pullUrl });
  else if (written.length > 0)
    remaining.push({
      what: 'commit and push',
      command: `${toCommit(written)} && git push`,
    });
  remaining.push({
    what: `label an issue \`${label}\``,
    link: `${pageUrl}/issues/new?labels=${encodeURIComponent(label)}`,
  });
  return remaining;
}

async function hasSecret(site: Site | undefined, name: string): Promise<boolean> {
  const secrets = z.object({ secrets: z.array(z.object({ name: z.string() })) });
  const look = await site?.look(secrets, '/actions/secrets', { per_page: 100 });
  return look?.status === 'seen' && look.data.secrets.some((secret) => secret.name === name);
}

async function mayOpenPulls(site: Site | undefined): Promise<boolean> {
  const defaults = z.object({ can_approve_pull_request_reviews: z.boolean() });
  const look = await site?.look(defaults, '/actions/permissions/workflow');
  return look?.status === 'seen' && look.data.can_approve_pull_request_reviews;
}
