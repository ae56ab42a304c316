import { isOfType } from '../../../src/core/events/event.ts';
import type { GitHubHome } from './home.ts';

/** What is left of an issue that was worked on, wherever somebody would look for it. */
export async function readEndState(home: GitHubHome, issue: number) {
  const { repository } = home;
  const pages = [...repository.issues.values()];
  const pulls = pages.filter((page) => page.pull);
  const log = await home.log(issue);
  const { ok, problems } = await home.verify();
  return {
    status: (await home.state(issue)).status,
    issue: { state: home.issue(issue).state, labels: [...home.issue(issue).labels].sort() },
    pulls: pulls.length,
    merged: pulls.filter(({ pull }) => pull?.mergeSha).length,
    mergesOnRecord: log.filter((event) => isOfType(event, 'PR.MERGED.SUCCESS')).length,
    comments: home.ownComments(issue).length,
    commentsOnPulls: pulls.map(({ number }) => home.ownComments(number).length),
    dashboards: pages.filter(({ labels }) => labels.includes('tamma:dashboard')).length,
    deployments: repository.runs.filter(({ path }) => path.endsWith('/deploy.yml')).length,
    branches: [...(await repository.git.refs()).keys()].sort(),
    log: { ok, problems },
  };
}

/** Where every issue that was approved must end: everything once, nothing left behind. */
export const DELIVERED = {
  status: 'done',
  issue: { state: 'closed', labels: ['tamma', 'tamma:done'] },
  pulls: 1,
  merged: 1,
  mergesOnRecord: 1,
  comments: 1,
  commentsOnPulls: [1],
  dashboards: 1,
  deployments: 1,
  branches: ['refs/heads/main', 'refs/heads/tamma-events'],
  log: { ok: true, problems: [] },
} as const satisfies Awaited<ReturnType<typeof readEndState>>;
