import { afterEach, expect, test, vi } from 'vitest';
import { type FaultEffect, githubFaults } from '../../forge/faults.ts';
import { deliver } from '../../support/github-e2e/deliver.ts';
import { DELIVERED, readEndState } from '../../support/github-e2e/end-state.ts';
import { createGitHubHome, type GitHubHome } from '../../support/github-e2e/home.ts';
import { CONFIG, DEPLOY_WORKFLOW } from '../../support/github-e2e/project.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

let home: GitHubHome;
afterEach(async () => {
  home.forge.faults.clear();
  await home.close();
});

/** The job's token meets these at requests of these methods, one after the other; then the repetition goes through. */
type Faulty = readonly { methods: readonly string[]; effects: readonly FaultEffect[] }[];

const READS = ['GET'];
const POSTS = ['POST'];
/** The writes that are few: an answer that never comes costs the whole time limit. */
const OTHER_WRITES = ['PATCH', 'PUT', 'DELETE'];

async function openUnder(faulty: Faulty, copies: 0 | 2): Promise<void> {
  home = await createGitHubHome({
    config: `${CONFIG}deploy: { workflow: deploy.yml }\n`,
    files: { '.github/workflows/deploy.yml': DEPLOY_WORKFLOW },
    inputs: { 'steps-per-run': 'until-wait' },
    around: { secondMs: 10 },
  });
  const { faults, webhooks } = home.forge;
  for (const { methods, effects } of faulty)
    for (const method of methods) faults.add({ token: 'actions', method, effect: effects });
  for (const event of ['issues', 'pull_request_review', 'workflow_run', 'check_suite'])
    webhooks.rule({ event, copies });
}

const hit = () => home.forge.requests.filter(({ fault }) => fault !== null).length;

test('every read fails with 500 and 502, no write is answered at first, and each event comes twice', async () => {
  const { serverError, badGateway, dropAfterEffect, timeoutAfterEffect } = githubFaults;
  await openUnder(
    [
      { methods: READS, effects: [serverError(), badGateway()] },
      { methods: POSTS, effects: [dropAfterEffect(), serverError()] },
      { methods: OTHER_WRITES, effects: [timeoutAfterEffect(), serverError()] },
    ],
    2,
  );
  const issue = await deliver(home);
  expect(await readEndState(home, issue)).toEqual(DELIVERED);
  expect(hit()).toBeGreaterThan(100);
});

test('every request meets both of GitHub’s limits, and no event ever comes but the clock', async () => {
  const effects = [githubFaults.secondaryLimit(1), githubFaults.tooMany(1)];
  await openUnder([{ methods: [...READS, ...POSTS, ...OTHER_WRITES], effects }], 0);
  const issue = await deliver(home);
  expect(await readEndState(home, issue)).toEqual(DELIVERED);
  expect(hit()).toBeGreaterThan(100);
});
