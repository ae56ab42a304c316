import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findTail } from '../../../src/platforms/github/job-log.ts';
import { addCheckRun, type CheckDraft } from '../../forge/model/checks.ts';
import type { Job, Run } from '../../forge/state.ts';
import { createGitHubFixture, type GitHubFixture } from '../../support/github-platform.ts';

describe('checks of GitHub', () => {
  let fixture: GitHubFixture;
  let head: string;
  beforeAll(async () => {
    fixture = await createGitHubFixture();
  });
  afterAll(() => fixture.remove());
  beforeEach(async () => {
    fixture.forge.faults.clear();
    Object.assign(fixture.home, { checkRuns: [], statuses: [], runs: [] });
    const base = (await fixture.platform.branches.getDefault()).head;
    head = await fixture.pushDefault({ 'src/now.js': `export const at = '${base}';\n` });
    fixture.takeRequests();
  });

  const place = () => {
    const user = fixture.forge.addUser({ login: 'tamma-user' });
    return { world: fixture.forge.world, repository: fixture.home, actor: { user, kind: 'pat' as const } };
  };
  const addCheck = (draft: Omit<CheckDraft, 'headSha'>) => addCheckRun(place(), { headSha: head, ...draft });
  const checks = async () => (await fixture.platform.ci?.checks(head)) ?? [];

  function addRun(more: Partial<Run>): Run {
    const run: Run = {
      ...{
        id: fixture.forge.world.newId(),
        suite: 1,
        workflow: 1,
        path: '.github/workflows/ci.yml',
        name: 'CI',
      },
      ...{
        number: 1,
        attempt: 1,
        event: 'pull_request',
        actor: place().actor,
        headBranch: 'main',
        headSha: head,
      },
      ...{ status: 'completed', conclusion: 'success', title: 'CI', payload: {}, jobs: [] },
      ...{ cancelling: null, problem: null },
      createdAt: fixture.forge.world.now(),
      updatedAt: fixture.forge.world.now(),
      ...more,
    };
    fixture.home.runs.push(run);
    return run;
  }

  it('reads check runs and statuses as one list, in two requests', async () => {
    for (const [name, conclusion] of [
      ['unit', 'success'],
      ['lint', 'neutral'],
      ['docs', 'skipped'],
      ['slow', 'timed_out'],
      ['gone', 'cancelled'],
    ] as const) {
      addCheck({ name, status: 'completed', conclusion });
    }
    addCheck({ name: 'e2e', status: 'in_progress' });
    addCheck({ name: 'deploy', status: 'queued' }).status = 'waiting';
    for (const [context, state] of [
      ['coverage', 'success'],
      ['licence', 'error'],
      ['audit', 'pending'],
    ]) {
      await fixture.forge.call(fixture.person('alice'), 'POST', `/repos/acme/shop/statuses/${head}`, {
        context,
        state,
      });
    }
    fixture.takeRequests();
    const found = await checks();
    expect(Object.fromEntries(found.map(({ name, status }) => [name, status]))).toEqual({
      ...{ unit: 'passed', lint: 'skipped', docs: 'skipped', slow: 'failed', gone: 'failed', e2e: 'pending' },
      ...{ deploy: 'pending', coverage: 'passed', licence: 'failed', audit: 'pending' },
    });
    expect(found.find(({ name }) => name === 'deploy')?.needsApproval).toBe(true);
    expect(fixture.takeRequests().sort()).toEqual([
      `GET /commits/${head}/check-runs`,
      `GET /commits/${head}/status`,
    ]);
  });

  it('reads more than a page of either', async () => {
    for (let count = 1; count <= 101; count += 1) {
      addCheck({ name: `unit ${count}`, status: 'completed', conclusion: 'success' });
      const status = { sha: head, context: `audit ${count}`, state: 'success' as const, targetUrl: null };
      const { user } = place().actor;
      const createdAt = fixture.forge.world.now();
      fixture.home.statuses.push({ ...status, id: count, user, createdAt, description: null });
    }
    expect(await checks()).toHaveLength(202);
  });

  it('names what the rules of the base want and nothing has reported', async () => {
    fixture.home.protections.set('main', {
      ...{ requiredReviews: 0, requiredChecks: ['unit', 'e2e'], strict: false },
      ...{ requireConversationResolution: false, enforceAdmins: true, requirePull: false },
      ...{ allowForcePushes: false, allowDeletions: false },
    });
    addCheck({ name: 'unit', status: 'completed', conclusion: 'success' });
    const found = await fixture.platform.ci?.checks(head, 'main');
    fixture.home.protections.clear();
    expect(found).toMatchObject([
      { name: 'unit', status: 'passed' },
      { name: 'e2e', status: 'pending', missing: true },
    ]);
    expect(await checks()).toHaveLength(1);
  });

  it('finds the runs of a bot’s pull request that wait for a person', async () => {
    addRun({ status: 'completed', conclusion: 'action_required' });
    addRun({ status: 'completed', conclusion: 'success' });
    addRun({ status: 'queued', conclusion: null, name: 'Later' });
    expect(await checks()).toEqual([
      { name: 'Later', status: 'pending', url: expect.any(String) },
      { name: 'CI', status: 'pending', url: expect.stringContaining('/actions/runs/'), needsApproval: true },
    ]);
  });

  it('has no checks where the token may not see runs', async () => {
    const token = fixture.forge.createToken({
      kind: 'app',
      login: 'reader[bot]',
      repository: 'acme/shop',
      permissions: { checks: 'read', statuses: 'read' },
    });
    expect(await (await fixture.connectAs(token)).ci?.checks(head)).toEqual([]);
  });

  it('does not wait for the run it is in', async () => {
    const detailsUrl = 'https://github.com/acme/shop/actions/runs/4711/job/1';
    addCheck({ name: 'tamma', status: 'in_progress', detailsUrl });
    addCheck({ name: 'unit', status: 'completed', conclusion: 'success' });
    const platform = await fixture.connectAs(fixture.options.token, { runId: '4711' });
    expect((await platform.ci?.checks(head))?.map(({ name }) => name)).toEqual(['unit']);
    expect(await checks()).toHaveLength(2);
  });

  it('brings the end of a failed job’s log, up to the error', async () => {
    const job: Job = {
      ...{
        id: fixture.forge.world.newId(),
        name: 'unit',
        status: 'completed',
        conclusion: 'failure',
        steps: [],
      },
      startedAt: fixture.forge.world.now(),
      completedAt: fixture.forge.world.now(),
      log: [
        ...Array.from({ length: 5000 }, (_, index) => `2026-11-20T10:00:00.0000000Z line ${index}`),
        '2026-11-20T10:00:01.0000000Z \u001b[31mexpected 1 to be 2\u001b[39m',
        '2026-11-20T10:00:01.0000000Z ##[error]Process completed with exit code 1.',
        '2026-11-20T10:00:02.0000000Z Post job cleanup.',
      ].join('\n'),
    };
    const run = addRun({ conclusion: 'failure', jobs: [job] });
    addCheck({
      ...{ id: job.id, name: 'unit', status: 'completed', conclusion: 'failure' },
      detailsUrl: `${fixture.forge.url}/acme/shop/actions/runs/${run.id}/job/${job.id}`,
    });
    const [check] = await checks();
    const lines = check?.log?.split('\n') ?? [];
    expect(lines.at(-1)).toBe('##[error]Process completed with exit code 1.');
    expect(lines.at(-2)).toBe('expected 1 to be 2');
    expect(lines.length).toBeLessThanOrEqual(120);
  });

  it('does without a log that is gone', async () => {
    addCheck({ name: 'unit', status: 'completed', conclusion: 'failure' });
    expect(await checks()).toEqual([{ name: 'unit', status: 'failed', url: expect.any(String) }]);
  });
});

describe('the end of a log', () => {
  it('is all of a short one that has no error in it', () => {
    expect(findTail('\uFEFF2026-11-20T10:00:00.1234567Z one\r\n##[endgroup]\r\ntwo\r\n')).toBe('one\ntwo');
  });

  it('stays small whatever is in it', () => {
    expect(findTail('x'.repeat(50_000)).length).toBe(8000);
  });
});
