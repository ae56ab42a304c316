import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stepIds } from '../../../src/core/loop.ts';
import { dataOf } from '../../support/e2e/sample-facts.ts';
import { countCost, describeRequests, listOwnRequests } from '../../support/github-e2e/cost.ts';
import { createGitHubHome, type GitHubHome } from '../../support/github-e2e/home.ts';
import { type InitialisedHome, initHome } from '../../support/github-e2e/init-home.ts';
import { CONFIG, DEPLOY_WORKFLOW, WORKFLOW_PATH } from '../../support/github-e2e/project.ts';

const CONFIG_PATH = '.tamma/config.yml';

/** What alice adds to the configuration that `tamma init` wrote. */
const settings = `${CONFIG}approval: { design: required }
select: { maxActive: 1 }
deploy: { workflow: deploy.yml }
`;

/** The command that Tamma's comment asks for, as a person copies it. */
function shownCommand(home: GitHubHome, number: number): string {
  const said = home.ownComments(number).at(-1)?.body ?? '';
  const command = /^\/tamma approve [0-9a-f]+$/m.exec(said)?.[0];
  if (!command) throw new Error(`no command is shown:\n${said}`);
  return command;
}

describe('at home on GitHub, with the workflow of `tamma init` and the token of its job', () => {
  let home: GitHubHome;
  let made: InitialisedHome;
  let first: number;
  let second: number;
  let pull: number;
  /** The requests that the label of the second issue brought, while the first was under way. */
  let ofSecond: [from: number, to: number];
  beforeAll(async () => {
    const files = {
      '.github/workflows/deploy.yml': DEPLOY_WORKFLOW,
      ...{ [WORKFLOW_PATH]: null, [CONFIG_PATH]: null },
    };
    home = await createGitHubHome({ run: 'processes', files });
    made = await initHome(home, settings);
    first = await home.open(1);
    second = await home.open(2);
    await home.label(first);
    await home.runUntilIdle();
    const before = listOwnRequests(home).length;
    await home.label(second);
    await home.runUntilIdle();
    ofSecond = [before, listOwnRequests(home).length];
    await home.person('alice').comment(first, shownCommand(home, first));
    await home.runUntilIdle();
    pull = (await home.state(first)).pull?.number ?? 0;
    await home.person('bob').review(pull, 'APPROVE');
    await home.runUntilIdle();
  }, 300_000);
  afterAll(() => home.close());

  const ownRuns = () => home.repository.runs.filter(({ path }) => path === WORKFLOW_PATH);

  test('it takes two files and one secret', () => {
    expect(made.files.map(({ path, status }) => `${status} ${path}`)).toEqual([
      `new ${WORKFLOW_PATH}`,
      `new ${CONFIG_PATH}`,
    ]);
    expect(made.pushed).toEqual([WORKFLOW_PATH, CONFIG_PATH].sort());
    expect([...home.repository.secrets.keys()]).toEqual(['ANTHROPIC_API_KEY']);
  });

  test('a labelled issue becomes a merged and deployed change', async () => {
    const { status } = await home.state(first);
    expect(status, home.describeRuns()).toBe('done');
    const log = await home.log(first);
    const merged = dataOf(log, 'PR.MERGED.SUCCESS');
    expect(merged).toHaveLength(1);
    const main = await home.repository.git.resolve('main');
    expect(merged[0]).toMatchObject({ mergeSha: main });
    const deployed = dataOf(log, 'DEPLOYMENT.COMPLETED.SUCCESS');
    expect(deployed).toMatchObject([{ workflow: 'deploy.yml', ref: 'main' }]);
    const source = (await home.repository.git.blob('main:src/parse.js')).toString();
    expect(source).toContain('RFC 4180');
    expect(await home.verify()).toMatchObject({ ok: true, problems: [] });
  });

  test('each step is a process of its own, started by a dispatch with the token of the one before', async () => {
    const started = (await home.log(first)).filter(({ type }) => type === 'WORKFLOW.STEP_STARTED');
    expect(new Set(started.map(({ tags }) => tags.stepId))).toEqual(new Set(stepIds));
    const ids = started.map(({ tags }) => tags.runId?.split('.')[0]);
    expect(new Set(ids).size).toBe(ids.length);
    const events = ids.map((id) => {
      const run = home.repository.runs.find((entry) => String(entry.id) === id);
      return run?.event === 'workflow_dispatch' ? run.actor.user.login : run?.event;
    });
    // People and the end of the deployment begin a row; everything else is the chain.
    const people = ['issue_comment', 'pull_request_review', 'workflow_run'];
    expect(new Set(events.filter((event) => !people.includes(event ?? '')))).toEqual(
      new Set(['github-actions[bot]']),
    );
    expect(ownRuns().every(({ conclusion }) => conclusion === 'success' || conclusion === 'skipped')).toBe(
      true,
    );
  });

  test('says everything once: one comment on the issue and the pull request, no label left behind', () => {
    for (const page of [first, pull])
      expect(home.ownComments(page).map(({ body }) => body.split('\n')[0])).toEqual([
        '<!-- tamma:status -->',
      ]);
    const pulls = [...home.repository.issues.values()].filter((issue) => issue.pull);
    expect(pulls.map(({ number, pull: facts }) => ({ number, isMerged: Boolean(facts?.mergeSha) }))).toEqual([
      { number: pull, isMerged: true },
    ]);
    const { labels, state } = home.issue(first);
    expect({ labels: [...labels].sort(), state }).toEqual({
      labels: ['tamma', 'tamma:done'],
      state: 'closed',
    });
    expect(home.repository.runs.filter(({ path }) => path.endsWith('deploy.yml'))).toHaveLength(1);
  });

  test('leaves no branch but the log', async () => {
    expect([...(await home.repository.git.refs()).keys()].sort()).toEqual([
      'refs/heads/main',
      'refs/heads/tamma-events',
    ]);
  });

  test('then the next issue is picked: it waited while the first was under way', async () => {
    const [done] = (await home.log(first)).filter(({ type }) => type === 'WORKFLOW.COMPLETED');
    const [selected] = (await home.log(second)).filter(({ type }) => type === 'ISSUE.SELECTED');
    expect(selected?.position).toBeGreaterThan(done?.position ?? Number.POSITIVE_INFINITY);
    expect((await home.state(second)).wait).toMatchObject({ for: 'approval' });
    expect(shownCommand(home, second)).toMatch(/^\/tamma approve /);
  });

  test('is polite: a whole issue takes at most 120 requests; 40 writes at most, besides the starts of runs', () => {
    const all = listOwnRequests(home);
    const isOfSecond = ({ path, body }: (typeof all)[number]) =>
      path.includes(`/issues/${second}/`) || JSON.stringify(body ?? {}).includes(`"issue":"${second}"`);
    const end = all.findIndex((request) => request.isWrite && isOfSecond(request));
    const whole = [...all.slice(0, ofSecond[0]), ...all.slice(ofSecond[1], end)];
    const { requests, writes, dispatches } = countCost(whole);
    expect(requests, describeRequests(whole)).toBeLessThanOrEqual(120);
    expect(writes, describeRequests(whole)).toBeLessThanOrEqual(40);
    expect(dispatches, 'one run a step').toBeLessThanOrEqual(stepIds.length + 2);
  });
});
