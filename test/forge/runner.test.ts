import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureEnvironment } from './model/environments.ts';
import { ASK, CANCELS_ITSELF, FILES } from './runner-workflows.ts';
import type { Json, Run } from './state.ts';
import { createTestForge, type TestForge } from './test-forge.ts';

let home: TestForge;
let shared: string;
beforeAll(async () => {
  const files = Object.entries(FILES).map(([name, text]) => [`.github/workflows/${name}`, text]);
  home = await createTestForge(Object.fromEntries(files), { checkEvents: true });
  shared = `${home.root}/shared.txt`;
  home.forge.actions.start({
    uses: {},
    secrets: { SHARED_KEY: 'k1', KEY: 'k2', OTHER: 'k3' },
    environment: { SHARED: shared, SCRIPT: CANCELS_ITSELF, ASK },
    minute: 400,
  });
});
afterAll(() => home.close());

async function dispatch(file: string, inputs: Json = {}): Promise<Run> {
  const body = { ref: 'main', inputs, return_run_details: true };
  const path = `/actions/workflows/${file}.yml/dispatches`;
  const { workflow_run_id: id } = await home.ask(home.alice, 'POST', path, body, 200);
  const run = home.forge.repository('acme/shop').runs.find((entry) => entry.id === id);
  if (!run) throw new Error(`no run ${id}`);
  return run;
}

async function complete(file: string): Promise<{ run: Run; jobs: Record<string, string>; logs: string }> {
  const run = await dispatch(file);
  await home.forge.actions.idle();
  const jobs = Object.fromEntries(run.jobs.map(({ name, conclusion }) => [name, String(conclusion)]));
  return { run, jobs, logs: run.jobs.map(({ name, log }) => `${name}: ${log}`).join('\n') };
}

describe('jobs of the forge', () => {
  test('run or not by the outcome of every job before them', async () => {
    const { run, jobs, logs } = await complete('needs');
    expect(jobs).toEqual({
      bad: 'failure',
      worse: 'failure',
      left: 'success',
      stopped: 'skipped',
      anyway: 'success',
      after: 'skipped',
      helped: 'success',
      tried: 'success',
    });
    expect(run.conclusion).toBe('failure');
    expect(logs).toContain('failure success');
    expect(logs).toContain('cleaned');
  });

  test('come from a matrix that another job made, and the others go on where one fails', async () => {
    const { jobs } = await complete('matrix');
    expect(jobs).toEqual({ plan: 'success', 'each (1)': 'failure', 'each (2)': 'success' });
  });

  test('share a group of concurrency across runs, one at a time and in order', async () => {
    for (const word of ['a', 'b', 'c']) await dispatch('one-at-a-time', { word });
    await home.forge.actions.idle();
    expect((await readFile(shared, 'utf8')).split('\n').filter(Boolean)).toEqual(
      ['a', 'b', 'c'].flatMap((word) => [`begin ${word}`, `end ${word}`]),
    );
  });

  test('are cancelled when their minutes are over, and clean up after that', async () => {
    const { run, logs } = await complete('slow');
    expect(run.conclusion).toBe('cancelled');
    expect(logs).toMatch(/cancelled\n[\s\S]*exceeded the maximum execution time of 1m0s/);
    expect(logs).not.toContain('never');
    const step = await complete('slow-step');
    expect(step.run.conclusion).toBe('failure');
    expect(step.logs).toContain('has timed out after 1 minutes');
  });

  test('hear SIGINT when their run is cancelled, and what runs always runs then too', async () => {
    const { run, jobs, logs } = await complete('cancels');
    expect(jobs).toEqual({ work: 'cancelled', last: 'success', not: 'skipped' });
    expect(run.conclusion).toBe('cancelled');
    expect(logs).toContain('saved\ntidy');
  });

  test('hand files on as artifacts, without the hidden ones', async () => {
    const { jobs, logs, run } = await complete('files');
    expect(jobs).toEqual({ make: 'success', use: 'failure' });
    expect(logs).toContain('./all/out/a.txt ./all/out/deep/b.txt ./one/a.txt');
    expect(logs).toContain('Artifact not found for name: none');
    const list = await home.ask(home.alice, 'GET', `/actions/runs/${run.id}/artifacts`, undefined, 200);
    expect(list).toMatchObject({ total_count: 2 });
    const [{ id }] = list.artifacts as [{ id: number }];
    await home.ask(home.alice, 'GET', `/actions/artifacts/${id}`, undefined, 200);
    await home.ask(home.alice, 'DELETE', `/actions/artifacts/${id}`, undefined, 204);
    expect(await home.ask(home.alice, 'GET', '/actions/artifacts?name=one', undefined, 200)).toMatchObject({
      total_count: 1,
    });
  });
});

describe('runs that start runs', () => {
  test('do so three times in a row at most, and not by their checks', async () => {
    await complete('chain');
    const runs = home.forge.repository('acme/shop').runs.filter(({ name }) => name === 'Chain');
    expect(runs.map(({ event }) => event)).toEqual([
      'workflow_dispatch',
      'workflow_run',
      'workflow_run',
      'workflow_run',
    ]);
  });
});

describe('environments of the forge', () => {
  test('let a job through when a reviewer agrees, from the branches they are for', async () => {
    const { forge, ask, alice } = home;
    const reviewer = forge.addUser({ login: 'rita', permission: { 'acme/shop': 'read' } });
    const rita = forge.createToken({ kind: 'pat', login: 'rita' });
    const repository = forge.repository('acme/shop');
    const production = ensureEnvironment(forge.world, repository, 'production', {
      reviewers: [reviewer],
      secrets: new Map([['DEPLOY_KEY', 'abc']]),
      variables: new Map([['REGION', 'north']]),
    });
    ensureEnvironment(forge.world, repository, 'preview', { branches: ['feature/*'] });
    const { run, jobs, logs } = await complete('deploy');
    expect(jobs).toEqual({ deploy: 'null', preview: 'failure' });
    expect(logs).toContain('Branch "main" is not allowed to deploy to preview');
    const path = `/actions/runs/${run.id}/pending_deployments`;
    expect(await ask(alice, 'GET', path, undefined, 200)).toMatchObject([
      { environment: { name: 'production' }, current_user_can_approve: false },
    ]);
    expect(await ask(alice, 'GET', `/actions/runs/${run.id}`)).toMatchObject({ status: 'waiting' });
    const review = { environment_ids: [production.id], state: 'approved', comment: 'go' };
    await ask(alice, 'POST', path, review, 422);
    await ask(rita, 'POST', path, review, 200);
    await forge.actions.idle();
    expect(run.jobs.find(({ name }) => name === 'deploy')).toMatchObject({
      conclusion: 'success',
      log: 'north\n',
    });
    const deployment = repository.deployments.find(({ environment }) => environment === 'production');
    expect(deployment?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'success']);
  });
});

describe('reusable workflows of the forge', () => {
  test('get inputs and the secrets they are given, and hand outputs back', async () => {
    const { run, logs } = await complete('calls');
    expect(run.conclusion).toBe('success');
    // A named secret is all the one gets; the other has every secret of its caller.
    expect(logs).toContain('hello *** hi *** ***');
    const { results } = home.forge.actions;
    expect(results.filter(({ job: name }) => name.endsWith('/ say')).map((one) => one.permissions)).toEqual([
      { issues: 'write' },
      { issues: 'write' },
    ]);
    expect(run.jobs.map(({ name }) => name).sort()).toEqual(['inherited / say', 'last', 'named / say']);
  });

  test('do not start where they want more than their caller may, or get what they do not know', async () => {
    const tooMuch = await complete('calls-too-much');
    expect(tooMuch.run).toMatchObject({
      conclusion: 'startup_failure',
      problem: "The nested job 'say' is requesting 'issues: write', but is only allowed 'issues: none'.",
      jobs: [],
    });
    const wrongly = await complete('calls-wrongly');
    expect(wrongly.run.problem).toContain('Invalid secret, NO is not defined');
  });
});

describe('identities of the forge', () => {
  test('are signed tokens about the job, for those who may ask', async () => {
    const { jobs, run } = await complete('identity');
    expect(jobs).toEqual({ ask: 'success', none: 'success' });
    const log = run.jobs.find(({ name }) => name === 'ask')?.log ?? '';
    const [header = '', body = '', signature = ''] = Buffer.from(log.trim(), 'hex').toString().split('.');
    const base = `${home.forge.url}/_services/token/.well-known`;
    const read = async (name: string) => (await fetch(`${base}/${name}`)).json();
    const { jwks_uri: where } = (await read('openid-configuration')) as { jwks_uri: string };
    expect(where).toBe(`${base}/jwks`);
    const { keys } = (await read('jwks')) as { keys: [JsonWebKey] };
    const key = createPublicKey({ key: keys[0], format: 'jwk' });
    const data = Buffer.from(`${header}.${body}`);
    expect(verify('RSA-SHA256', data, key, Buffer.from(signature, 'base64url'))).toBe(true);
    const repository = home.forge.repository('acme/shop');
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toMatchObject({
      aud: 'model',
      sub: `repo:acme@${repository.owner.id}/shop@${repository.id}:environment:cloud`,
      run_id: String(run.id),
      environment: 'cloud',
      event_name: 'workflow_dispatch',
      job_workflow_ref: 'acme/shop/.github/workflows/identity.yml@refs/heads/main',
    });
    const late = await fetch(`${home.forge.url}/_services/token/request`, {
      headers: { authorization: 'Bearer forge-id-none' },
    });
    expect(late.status).toBe(401);
  });
});

describe('runs for a pull request that a job opened', () => {
  test('wait until somebody who may write approves them', async () => {
    const { forge, ask, alice } = home;
    const token = home.job;
    const main = (await ask(alice, 'GET', '/git/ref/heads/main', undefined, 200)).object as Json;
    await ask(token, 'POST', '/git/refs', { ref: 'refs/heads/bot', sha: main.sha }, 201);
    const file = { message: 'm', content: 'eA==', branch: 'bot' };
    await ask(token, 'PUT', '/contents/bot.txt', file, 201);
    await ask(token, 'POST', '/pulls', { title: 'By a bot', head: 'bot', base: 'main' }, 201);
    await forge.actions.idle();
    const path = '/actions/runs?status=action_required';
    const {
      workflow_runs: [run],
    } = (await ask(alice, 'GET', path, undefined, 200)) as {
      workflow_runs: [{ id: number }];
    };
    await ask(token, 'POST', `/actions/runs/${run.id}/approve`, undefined, 403);
    await ask(alice, 'POST', `/actions/runs/${run.id}/approve`, undefined, 201);
    await forge.actions.idle();
    expect(await ask(alice, 'GET', `/actions/runs/${run.id}`)).toMatchObject({ conclusion: 'success' });
    await ask(alice, 'POST', `/actions/runs/${run.id}/approve`, undefined, 403);
    await ask(alice, 'POST', `/actions/runs/${run.id}/cancel`, undefined, 409);
  });
});
