import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Provider } from '../../src/ports/provider.ts';
import { callCli } from '../support/call-cli.ts';
import { watchCommandLines } from '../support/e2e/command-lines.ts';
import { createOtherHost, GONE } from '../support/e2e/other-host.ts';
import { runProjectTests } from '../support/e2e/project-tests.ts';
import { QUICK_CONFIG, quickScript } from '../support/e2e/quick-script.ts';
import { runSteps, type StepsResult } from '../support/e2e/run-steps.ts';
import { dataOf, readLog, readMergeFacts, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject, serveProject } from '../support/e2e/sample-project.ts';
import { walkToEnd } from '../support/e2e/walk.ts';
import { createGitServer } from '../support/git-server.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const run = promisify(execFile);

const TOKEN = 'glpat-only-for-this-test-7f3a';
const FORMS = [
  TOKEN,
  Buffer.from(TOKEN).toString('base64'),
  Buffer.from(`x-access-token:${TOKEN}`).toString('base64'),
];
const env = { TAMMA_GIT_TOKEN: TOKEN };

describe('a loop on a bare repository behind a server that asks for a token', () => {
  let project: SampleProject;
  let refsBefore: string;
  let result: StepsResult;
  let commandLines: string[];
  beforeAll(async () => {
    project = await createSampleProject({ config: QUICK_CONFIG, remote: { token: TOKEN } });
    refsBefore = await project.git('for-each-ref', 'refs/heads');
    const watch = watchCommandLines();
    result = await runSteps({ directory: project.directory, issue: 1, steps: 'all' }, env);
    commandLines = watch.stop();
  });
  afterAll(() => project.remove());

  test('ends with the change merged on the remote, and the tests of the project pass there', async () => {
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readMergeFacts(project)).toMatchObject({
      pullDocuments: 1,
      closingComments: 1,
      branches: [],
    });
    expect(await runProjectTests(project)).toEqual({ exitCode: 0, tests: 9 });
    expect(await verifyLog(project)).toMatchObject({ ok: true });
  });

  test('leaves the branches and files of the clone as they were', async () => {
    expect(await project.git('for-each-ref', 'refs/heads')).toBe(refsBefore);
    expect(await project.git('status', '--porcelain')).toBe('');
  });

  test('pushes as the holder of the token, and nothing without it', () => {
    const pushes = project.server?.requests.filter(({ service }) => service === '/git-receive-pack') ?? [];
    expect(pushes.length).toBeGreaterThan(30);
    expect(pushes.every(({ login, status }) => login === 'tamma' && status === 200)).toBe(true);
  });

  test('pushes the log no more often than the design allows: claim, results, and what cannot be taken back', () => {
    const events = project.server?.requests.filter(({ service }) => service === '/git-receive-pack') ?? [];
    expect(events.length).toBeLessThanOrEqual(2 * 15 + 2 + 6);
  });

  test('the token is in no output, no event, no file of the clone, no object of either repository', async () => {
    expect(findSecret(JSON.stringify(result))).toBe(false);
    expect(findSecret(JSON.stringify(await readLog(project)))).toBe(false);
    expect(await findFiles(project.folder)).toEqual([]);
    for (const gitDirectory of [project.home, join(project.directory, '.git')]) {
      const dump = await run(
        'git',
        ['--git-dir', gitDirectory, 'cat-file', '--batch', '--batch-all-objects', '--unordered'],
        {
          maxBuffer: 64 * 1024 * 1024,
        },
      );
      expect(findSecret(dump.stdout)).toBe(false);
    }
  });

  test.runIf(process.platform === 'linux')('the token is in no command line of the machine', () => {
    expect(commandLines.some((line) => line.startsWith('git push'))).toBe(true);
    expect(commandLines.filter(findSecret)).toEqual([]);
  });
});

const findSecret = (text: string) => FORMS.some((form) => text.includes(form));

/** Files below a folder that hold the token in any form. */
async function findFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((file) => file.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if (findSecret(await readFile(path, 'latin1'))) found.push(path);
  }
  return found;
}

describe('a run that is killed around its merge on a remote', () => {
  test('is followed by one that finds what was pushed, and merges once', async () => {
    const local = await createSampleProject({ config: QUICK_CONFIG });
    await walkToEnd(local, { model: quickScript(), before: 'MERGE' });
    const project = await serveProject(local, { token: TOKEN });
    const killed = join(project.folder, 'killed');
    const at = ['announce: after', 'pulls.merge: before', 'pulls.merge: after', 'issues.update: after'].map(
      (boundary) => `MERGE ${boundary}`,
    );
    const order = { directory: project.directory, issue: 1, steps: 'all', kill: { at, killed } } as const;
    const runs: StepsResult[] = [];
    for (const _ of [...at, 'end']) runs.push(await runSteps(order, env));
    expect(runs.map(({ signal }) => signal)).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL', null]);
    expect(runs.at(-1)?.lines.at(-1)).toMatchObject({ status: 'done' });
    const facts = await readMergeFacts(project);
    expect(facts).toMatchObject({ pullDocuments: 1, closingComments: 1, branches: [] });
    expect(facts.mergeCommits).toHaveLength(1);
    expect(dataOf(await readLog(project, 1), 'PR.MERGED.SUCCESS')).toHaveLength(1);
    await project.remove();
  });
});

describe('a remote that does not let us in', () => {
  let project: SampleProject;
  beforeAll(async () => {
    project = await createSampleProject({ config: QUICK_CONFIG, remote: { token: TOKEN } });
  });
  afterAll(() => project.remove());

  test.each([
    ['no token', {}],
    ['a wrong token', { TAMMA_GIT_TOKEN: 'not-the-right-one' }],
  ])('with %s ends with exit code 2 and says so', async (_, given: Record<string, string>) => {
    const { exitCode, stderr } = await callCli(['step', '--issue', '1', '--repo', project.directory], {
      env: given,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('→ The token was refused');
    expect(stderr).not.toContain('not-the-right-one');
    expect(await readLog(project)).toEqual([]);
  });
});

describe('a remote that is gone in the middle of a step', () => {
  test('ends the run with what to do; once it is back the step is finished without asking the model again', async () => {
    const local = await createSampleProject({ config: QUICK_CONFIG });
    await walkToEnd(local, { model: quickScript(), before: 'CODE_GENERATION' });
    const project = await serveProject(local, { token: TOKEN });
    const open = { environment: { PATH: process.env.PATH, ...env } };
    const provider = createScriptedProvider({ answers: quickScript() });
    const port = Number(new URL(project.server?.url ?? '').port);
    const cuts: Provider = {
      ...provider,
      async chat(request, options) {
        const response = await provider.chat(request, options);
        if (options?.label?.task === 'refactor') await project.server?.close();
        return response;
      },
    };
    const failed = await walkToEnd(project, { ...open, model: cuts, host: createOtherHost(GONE) });
    expect(failed).toMatchObject({ status: 'failed', step: 'CODE_GENERATION' });
    expect(failed.error?.code).toMatch(/UNREACHABLE$/);
    expect(failed.error?.exitCode).toBe(1);

    const back = await createGitServer({
      root: join(project.folder, 'served'),
      tokens: { [TOKEN]: { login: 'tamma', write: true } },
      port,
    });
    const asked = provider.calls.length;
    const next = await walkToEnd(project, { ...open, model: provider, before: 'BUILD_VALIDATION' });
    expect(next).toMatchObject({ step: 'CODE_GENERATION', progressed: true });
    expect(provider.calls).toHaveLength(asked);
    const events = await readLog(project, 1);
    const made = dataOf(events, 'COMMIT.CREATED.SUCCESS').map(({ sha }) => sha);
    expect(made).toEqual(
      dataOf(events, 'CODE.TESTS_WRITTEN.SUCCESS')
        .map(({ headSha }) => headSha)
        .concat(next.state.head?.sha ?? ''),
    );
    await back.close();
    await project.remove();
  });
});
