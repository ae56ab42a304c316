import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOfType } from '../../../src/core/events/event.ts';
import { stepIds } from '../../../src/core/loop.ts';
import { createGitHubHome, type GitHubHome } from '../../support/github-e2e/home.ts';
import { CONFIG, DEPLOY_WORKFLOW } from '../../support/github-e2e/project.ts';
import { recordProcesses, type StartedProcess } from '../../support/record-processes.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const WORKFLOW = '.github/workflows/tamma.yml';
const KEY = 'a-key-that-only-one-job-may-see';

/** Where the model is, and that a machine without a sandbox will do. */
const caller = readFileSync(join(root, 'examples/github-hardened', WORKFLOW), 'utf8').replace(
  /^( +)permissions: # the most.*$/m,
  (line, indent: string) =>
    `${indent}with: { base-url: '\${{ vars.MODEL_URL }}', sandbox: best-effort }\n${line}`,
);

/** Tries to write with the token of the job that asks the model, as somebody would who has taken it over. */
const PROBE = `      - name: Try to write
        env:
          TOKEN: \${{ github.token }}
        run: |
          node --input-type=module -e "
            const { GITHUB_API_URL: api, GITHUB_REPOSITORY: name, GITHUB_SHA: sha, TOKEN: token } = process.env;
            const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' };
            const post = async (path, body) =>
              (await fetch(api + '/repos/' + name + path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
            console.log('comment', await post('/issues/1/comments', { body: 'taken over' }));
            console.log('dispatch', await post('/actions/workflows/tamma.yml/dispatches', { ref: 'main', inputs: {} }));
            console.log('ref', await post('/git/refs', { ref: 'refs/heads/taken-over', sha }));
          "
`;

/** The shipped reusable workflow, with that step before the first of the job `work`. */
async function writeCalled(folder: string): Promise<string> {
  const file = join(folder, 'tamma.yml');
  const shipped = readFileSync(join(root, WORKFLOW), 'utf8');
  await writeFile(
    file,
    shipped.replace(/\n {2}work:\n[\s\S]*?\n {4}steps:\n/, (head) => head + PROBE),
  );
  return file;
}

describe('the hardened workflow', () => {
  let home: GitHubHome;
  let folder: string;
  let issue: number;
  let started: readonly StartedProcess[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tamma-hardened-'));
    home = await createGitHubHome({
      run: 'here',
      config: `${CONFIG}deploy: { workflow: deploy.yml }\n`,
      workflow: caller,
      files: { '.github/workflows/deploy.yml': DEPLOY_WORKFLOW },
      runner: {
        workflows: { [`tamma/action/${WORKFLOW}`]: await writeCalled(folder) },
        secrets: { ANTHROPIC_API_KEY: KEY },
      },
    });
    const recorder = recordProcesses();
    issue = await home.open(1);
    await home.label(issue);
    await home.runUntilIdle();
    const { pull } = await home.state(issue);
    if (!pull) throw new Error(home.describeRuns());
    await home.person('bob').review(pull.number, 'APPROVE');
    await home.runUntilIdle();
    recorder.stop();
    started = recorder.started;
  }, 240_000);
  afterAll(async () => {
    await home?.close();
    await rm(folder, { recursive: true });
  });

  const jobsCalled = (name: string) =>
    home.forge.actions.results.filter(
      ({ job, conclusion }) => job === `tamma / ${name}` && conclusion !== 'skipped',
    );
  const startedBy = (job: string) => started.filter((process) => process.job === job);

  test('takes a labelled issue to a merged and deployed change', async () => {
    const state = await home.state(issue);
    const runs = state.status === 'done' ? '' : home.describeRuns();
    expect({ status: state.status, runs }).toEqual({ status: 'done', runs: '' });
    const steps = (await home.log(issue)).filter(({ type }) => type === 'WORKFLOW.STEP_STARTED');
    expect(new Set(steps.map(({ tags }) => tags.stepId))).toEqual(new Set(stepIds));
    expect((await home.verify()).ok).toBe(true);
  });

  test('starts a job only for a step that needs it', () => {
    const count = (name: string) => jobsCalled(name).length;
    // Five steps ask a model; four run commands without one, and one is judged again.
    expect({ work: count('work'), verify: count('verify') }).toEqual({ work: 5, verify: 5 });
    expect(count('publish')).toBeGreaterThanOrEqual(stepIds.length);
  });

  test('lets the job that asks the model write nothing', () => {
    for (const { permissions } of jobsCalled('work'))
      expect(new Set(Object.values(permissions))).toEqual(new Set(['read']));
    const tries = jobsCalled('work').map(({ steps }) => steps[0]?.log);
    expect(tries).toEqual(Array(5).fill('comment 403\ndispatch 403\nref 403\n'));
    expect(home.issue(issue).comments.filter(({ body }) => body.includes('taken over'))).toEqual([]);
  });

  test('runs commands of the repository only where no write token is', () => {
    const programs = (job: string) => new Set(startedBy(job).map(({ program }) => basename(program)));
    expect(programs('gate')).toEqual(new Set(['git']));
    expect(programs('publish')).toEqual(new Set(['git']));
    expect(programs('verify').size).toBeGreaterThan(1);
    const touchingFiles = /^(?:checkout|checkout-index|read-tree|worktree|clone|apply|reset|add|stash)$/;
    const writing = [...startedBy('gate'), ...startedBy('publish')].filter(({ args }) =>
      args.some((arg) => touchingFiles.test(arg)),
    );
    expect(writing).toEqual([]);
  });

  test('gives the model’s key to one job', () => {
    const holders = started.filter((process) => process.holds(KEY).length > 0);
    expect(new Set(holders.map(({ job }) => job))).toEqual(new Set(['work']));
  });

  test('judges the code that a model wrote again, before it is on a branch', async () => {
    const log = await home.log(issue);
    const judged = jobsCalled('verify').flatMap(({ steps }) => {
      const { 'hand-over': told = '' } = steps.find(({ outputs }) => outputs['hand-over'])?.outputs ?? {};
      return told.includes('"gates"') ? [JSON.parse(told) as { head: string; passed: boolean }] : [];
    });
    const generated = log.find((event) => isOfType(event, 'BRANCH.CREATED.SUCCESS'));
    expect(judged).toMatchObject([{ head: generated?.data.sha, passed: true }]);
  });
});
