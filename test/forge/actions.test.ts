import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestForge, type TestForge } from './test-forge.ts';

const ACTION = `name: Probe
inputs:
  token: { default: '\${{ github.token }}' }
  left: { default: '0' }
outputs:
  left: { description: What is left }
runs: { using: node24, main: index.js, post: post.js }
`;

/** Says what it was given and, while something is left, dispatches its own workflow with the job's token. */
const MAIN = `
const { appendFileSync, readFileSync } = require('node:fs');
const env = process.env;
const event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, 'utf8'));
const left = Number(env.INPUT_LEFT);
console.log('event ' + env.GITHUB_EVENT_NAME + ' of ' + env.GITHUB_REPOSITORY + ' for ' + event.sender.login);
console.log('secret ' + env.INPUT_TOKEN);
console.log('::warning file=a.js,line=3::careful');
appendFileSync(env.GITHUB_OUTPUT, 'left=' + (left - 1) + '\\n');
appendFileSync(env.GITHUB_STEP_SUMMARY, '# Done ' + left + '\\n');
appendFileSync(env.GITHUB_STATE, 'left=' + left + '\\n');
async function main() {
  if (left < 1) return;
  const url = env.GITHUB_API_URL + '/repos/' + env.GITHUB_REPOSITORY;
  const headers = { authorization: 'Bearer ' + env.INPUT_TOKEN, 'content-type': 'application/json' };
  const post = (path, body) => fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const sent = await post('/actions/workflows/tamma.yml/dispatches', { ref: 'main', inputs: { left: String(left - 1) }, return_run_details: true });
  console.log('dispatched ' + sent.status);
  const issue = await post('/issues', { title: 'Made by a job' });
  console.log('issue ' + issue.status);
}
main();
`;

const WORKFLOW = `name: Tamma
on:
  workflow_dispatch:
    inputs:
      left: { type: number, default: 0 }
  issues: { types: [labeled] }
  schedule: [{ cron: '17 * * * *' }]
permissions: {}
concurrency: { group: 'tamma-\${{ github.event.issue.number || github.run_id }}', queue: max }
jobs:
  step:
    if: github.event_name != 'issues' || github.event.label.name == 'tamma'
    runs-on: ubuntu-latest
    permissions: { actions: write, contents: read }
    outputs:
      left: \${{ steps.probe.outputs.left }}
    steps:
      - uses: actions/checkout@0000000000000000000000000000000000000000
        with: { persist-credentials: false }
      - id: probe
        uses: tamma/probe@v1
        with:
          left: \${{ github.event_name == 'workflow_dispatch' && format('{0}', inputs.left) || 2 }}
      - run: test -f README.md && echo "there" && ! git config --get-regexp extraheader
      - uses: actions/upload-artifact@v7
        with: { name: readme, path: README.md }
  after:
    needs: step
    runs-on: ubuntu-latest
    permissions: {}
    steps:
      - uses: actions/download-artifact@v8
        with: { name: readme, path: got }
      - run: cat got/README.md; echo "left \${{ needs.step.outputs.left }}"
`;

let home: TestForge;
beforeEach(async () => {
  home = await createTestForge({ '.github/workflows/tamma.yml': WORKFLOW });
  const folder = join(home.root, 'probe');
  await mkdir(folder);
  await writeFile(join(folder, 'action.yml'), ACTION);
  await writeFile(join(folder, 'index.js'), MAIN);
  await writeFile(join(folder, 'post.js'), "console.log('post ' + process.env.STATE_left);");
  home.forge.actions.start({ uses: { 'tamma/probe': folder } });
});
afterEach(() => home.close());

describe('Actions', () => {
  test('a label starts a run, and each run dispatches the next with the token of its job', async () => {
    const { forge, alice, ask } = home;
    await ask(alice, 'POST', '/issues', { title: 'x', labels: ['bug', 'tamma'] }, 201);
    await forge.actions.idle();
    const { runs, issues } = forge.repository('acme/shop');
    expect(runs.map(({ event, conclusion }) => [event, conclusion])).toEqual([
      ['issues', 'success'],
      ['issues', 'success'],
      ['workflow_dispatch', 'success'],
      ['workflow_dispatch', 'success'],
    ]);
    const steps = forge.actions.results.filter(({ job }) => job === 'step');
    expect(steps.map(({ conclusion }) => conclusion).sort()).toEqual([
      'skipped',
      'success',
      'success',
      'success',
    ]);
    const first = steps.find(({ conclusion }) => conclusion === 'success')?.steps[1];
    expect(first).toMatchObject({ summary: '# Done 2\n', outputs: { left: '1' } });
    expect(first?.annotations).toEqual([
      { level: 'warning', properties: { file: 'a.js', line: '3' }, message: 'careful' },
    ]);
    expect(first?.log).toContain('secret ***');
    expect(first?.log).toContain('dispatched 200\nissue 403');
    expect(issues.size).toBe(1);
    const after = forge.actions.results.find(
      ({ job, conclusion }) => job === 'after' && conclusion === 'success',
    );
    expect(after?.steps[1]?.log).toBe('# Shop\nleft 1\n');
    expect(after?.permissions).toEqual({});
  });

  test('a run can be read with its jobs and their logs', async () => {
    const { forge, alice, ask } = home;
    await forge.actions.schedule('acme/shop');
    await forge.actions.idle();
    const { workflow_runs: runs } = (await ask(alice, 'GET', '/actions/runs', undefined, 200)) as {
      workflow_runs: { id: number }[];
    };
    const { jobs } = (await ask(alice, 'GET', `/actions/runs/${runs.at(-1)?.id}/jobs`, undefined, 200)) as {
      jobs: { id: number }[];
    };
    expect(jobs).toHaveLength(2);
    expect(await ask(alice, 'GET', `/actions/jobs/${jobs[0]?.id}/logs`, undefined, 200)).toContain('post 2');
    await ask(alice, 'GET', '/commits/main/check-runs', undefined, 200);
    await ask(alice, 'GET', '/commits/main/check-suites', undefined, 200);
    await ask(alice, 'GET', '/actions/workflows', undefined, 200);
    await ask(alice, 'GET', '/actions/workflows/tamma.yml', undefined, 200);
    await ask(alice, 'GET', `/actions/runs/${runs[0]?.id}/artifacts`, undefined, 200);
  });
});
