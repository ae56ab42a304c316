import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appPermissions } from '../../../src/platforms/github/app-refusal.ts';
import { appKeys } from '../../support/app-keys.ts';
import { type FederationServer, startFederationServer } from '../../support/federation-server.ts';
import { createGitHubHome, type GitHubHome } from '../../support/github-e2e/home.ts';
import { CI_WORKFLOW, CONFIG, readShippedWorkflow, WORKFLOW_PATH } from '../../support/github-e2e/project.ts';

/** The shipped workflow as docs/credentials.md changes it: a GitHub App, and no key. */
const workflow = readShippedWorkflow({ 'steps-per-run': 'until-wait' })
  .replace(/^( +)anthropic-api-key: .*$/m, (_line, indent: string) =>
    [
      'anthropic-federation-rule-id: ${{ vars.ANTHROPIC_FEDERATION_RULE_ID }}',
      'anthropic-organization-id: ${{ vars.ANTHROPIC_ORGANIZATION_ID }}',
      'app-id: ${{ vars.TAMMA_APP_ID }}',
      'app-private-key: ${{ secrets.TAMMA_APP_PRIVATE_KEY }}',
    ]
      .map((line) => indent + line)
      .join('\n'),
  )
  .replace(/^( +)contents: write .*$/m, '$&\n$1id-token: write');

const line =
  'using anthropic claude-opus-5-5, paid by the organization that trusts this job (ruleId fdrl_1, no key)';

describe('at home on GitHub, as a GitHub App and without a key', () => {
  let home: GitHubHome;
  let vendor: FederationServer;
  let issue: number;
  beforeAll(async () => {
    const rule = {
      ...{ issuer: '', audience: 'https://api.anthropic.com', subject: '', model: '' },
      ids: { federation_rule_id: 'fdrl_1', organization_id: 'org-1' },
    };
    vendor = await startFederationServer(rule);
    home = await createGitHubHome({
      ...{ run: 'here', workflow, config: CONFIG },
      files: { '.github/workflows/ci.yml': CI_WORKFLOW },
      runner: {
        secrets: { ANTHROPIC_API_KEY: '', TAMMA_APP_PRIVATE_KEY: appKeys.privateKey },
        variables: {
          MODEL_URL: vendor.url,
          TAMMA_APP_ID: 'Iv23litammaacme',
          ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1',
          ANTHROPIC_ORGANIZATION_ID: 'org-1',
        },
        environment: { ANTHROPIC_BASE_URL: vendor.url },
      },
    });
    const { owner, name, id } = home.repository;
    const { metadata: _, ...permissions } = appPermissions;
    home.forge.addApp({
      ...{ slug: 'tamma-acme', publicKey: appKeys.publicKey, permissions },
      installedOn: { account: owner.login },
    });
    Object.assign(rule, {
      issuer: `${home.forge.url}/_services/token`,
      subject: `repo:${owner.login}@${owner.id}/${name}@${id}:ref:refs/heads/main`,
      model: home.model.url,
    });
    issue = await home.open(1);
    await home.label(issue);
    await home.runUntilIdle();
  }, 300_000);
  afterAll(async () => {
    await home.close();
    await vendor.close();
  });

  const jobs = () => home.worked();
  const ofApp = () =>
    [...home.forge.world.tokens.values()].filter(({ user }) => user.login === 'tamma-acme[bot]');

  test('a labelled issue becomes a pull request that waits for nobody but its reviewer', async () => {
    const { status, wait, pull } = await home.state(issue);
    expect({ status, wait }, home.describeRuns()).toMatchObject({
      status: 'waiting',
      wait: { for: 'approval' },
    });
    expect(home.issue(pull?.number ?? 0).user.login).toBe('tamma-acme[bot]');
  });

  test('the checks of its pull request run at once, and nobody has to approve them', () => {
    const checks = home.repository.runs.filter(({ path }) => path.endsWith('ci.yml'));
    expect(checks.length).toBeGreaterThan(0);
    expect(checks.map(({ event, conclusion, actor }) => [event, conclusion, actor.user.login])).toEqual(
      checks.map(() => ['pull_request', 'success', 'tamma-acme[bot]']),
    );
  });

  test('all is said and written by the App, the log too, and nothing by the token of the job', async () => {
    const writers = home.forge.requests.filter(({ isWrite }) => isWrite).flatMap(({ login }) => login ?? []);
    expect([...new Set(writers)].filter((login) => login !== 'alice')).toEqual(['tamma-acme[bot]']);
    expect(home.ownComments(issue).length).toBeGreaterThan(0);
    const alice = home.forge.createToken({ kind: 'pat', login: 'alice' });
    const log = await home.forge.call(alice, 'GET', `/repos/${home.name}/commits/tamma-events`);
    expect(log.data).toMatchObject({
      commit: {
        author: {
          name: 'tamma-acme[bot]',
          email: expect.stringMatching(/^\d+\+tamma-acme\[bot\]@users\.noreply\./),
        },
      },
    });
  });

  test('its own events ask it for nothing', () => {
    const byApp = home.repository.runs.filter(
      ({ path, actor, event }) =>
        path === WORKFLOW_PATH && actor.user.login === 'tamma-acme[bot]' && event.startsWith('issue'),
    );
    const ids = byApp.map(({ id }) => id);
    const worked = home.worked().filter(({ run, steps }) => {
      return ids.includes(run) && steps.some(({ outputs }) => outputs.step);
    });
    expect(ids.length).toBeGreaterThan(0);
    expect(worked).toEqual([]);
  });

  test('its tokens reach this repository and what they must, and none is alive when the runs are over', () => {
    expect(ofApp().length).toBeGreaterThan(0);
    for (const { repositories, permissions, isRevoked } of ofApp())
      expect({ repositories, permissions, isRevoked }).toEqual({
        repositories: [home.repository.fullName.toLowerCase()],
        permissions: { ...appPermissions },
        isRevoked: true,
      });
  });

  test('every run says once who pays, in its log and in its summary', () => {
    const withModel = jobs().filter(({ steps }) => steps.some(({ log }) => log.includes(line)));
    expect(withModel.length).toBeGreaterThan(0);
    for (const { steps } of withModel) {
      const [log, summary] = [steps.map((step) => step.log).join(), steps.map((step) => step.summary).join()];
      expect(log.split(line)).toHaveLength(2);
      expect(summary).toContain(`- ${line}`);
    }
    expect(vendor.exchanges.length).toBe(withModel.length);
  });

  test('no token and no identity is in any log', () => {
    const secrets = [
      ...ofApp().map(({ secret }) => secret),
      ...vendor.tokens,
      ...vendor.exchanges.map(({ assertion }) => String(assertion)),
    ];
    const shown = home.forge.actions.results
      .flatMap(({ steps }) => steps)
      .map(({ log, summary }) => log + summary)
      .join('\n');
    expect(secrets.length).toBeGreaterThan(2);
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });
});
