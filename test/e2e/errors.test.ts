import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { exitCodeOf } from '../../src/app/cli/step-result.ts';
import { runStep } from '../../src/app/run-step.ts';
import { gitText } from '../../src/lib/git.ts';
import { probeSandbox } from '../../src/workspace/sandbox/probe.ts';
import { callCli } from '../support/call-cli.ts';
import { withSample } from '../support/e2e/open-sample.ts';
import { markdownScript, QUICK_CONFIG, quickScript } from '../support/e2e/quick-script.ts';
import { dataOf, readLog, readLoopState, readMergeFacts, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { standingAt } from '../support/e2e/standing-at.ts';
import { say, walkToEnd } from '../support/e2e/walk.ts';
import type { CliResult } from '../support/run-cli.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let project: SampleProject;
const prepared = standingAt(async () => {
  const origin = await createSampleProject({ config: QUICK_CONFIG });
  await walkToEnd(origin, { model: quickScript(), before: 'RESEARCH' });
  return origin;
});
beforeEach(() => {
  project = prepared();
});

const step = (issue = 1, env: Record<string, string> = {}): Promise<CliResult> =>
  callCli(['step', '--issue', String(issue), '--repo', project.directory], {
    env: { HOME: '/nonexistent', ...env },
  });
const refsOf = () => project.git('for-each-ref');
const setUp = (config: string) => project.commit('Set it up', { '.tamma/config.yml': config });

describe('what stops a run before its claim leaves no trace', () => {
  /** Runs a step that must fail like this, with every ref where it was. */
  async function expectRefused(
    result: Promise<CliResult>,
    exitCode: number,
    ...says: RegExp[]
  ): Promise<void> {
    const before = await refsOf();
    const { exitCode: code, stdout, stderr } = await result;
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    for (const pattern of says) expect(stderr).toMatch(pattern);
    expect(await refsOf()).toBe(before);
  }

  test('a wrong configuration: every mistake is named with its line and what to write instead', async () => {
    await setUp(
      'mode: bussiness\ngates: { maxAttempts: many }\naprovals: { design: auto }\nbudget: { perStepUsd: -1 }\n',
    );
    await expectRefused(
      step(),
      2,
      /config\.yml:1.*mode/,
      /:2.*maxAttempts/,
      /:3.*aprovals/,
      /approval/,
      /:4.*perStepUsd/,
    );
  });

  test('a missing key: its variable is named', async () => {
    await expectRefused(step(), 2, /ANTHROPIC_API_KEY/, /→ Set ANTHROPIC_API_KEY/);
  });

  test('an unknown issue', () =>
    expectRefused(step(99), 2, /no \.tamma\/issues\/99\.md/, /→ Check the number/));

  test('an issue that is closed', async () => {
    const text = await project.read('main', '.tamma/issues/2.md');
    await project.commit('Close it', { '.tamma/issues/2.md': text.replace('state: open', 'state: closed') });
    await expectRefused(step(2), 2, /issue 2 is closed/);
  });

  test('no identity to commit with', async () => {
    await project.git('config', '--remove-section', 'user');
    await expectRefused(
      step(1, { ANTHROPIC_API_KEY: 'unused-by-this-step' }),
      2,
      /git does not know the name/,
      /git config user\.name/,
    );
  });

  test.each(['CONTEXT_GATHERING', 'CODE_GENERATION'] as const)(
    'no sandbox on this machine, before %s',
    async (before) => {
      await walkToEnd(project, { model: markdownScript(), issue: 2, before });
      const refs = await refsOf();
      await withSample(project, { model: markdownScript() }, async (runtime) => {
        const sandbox = () =>
          probeSandbox({ policy: 'required', rungs: [], temporaryDirectory: project.folder, hidden: [] });
        await expect(runStep({ ...runtime, sandbox }, { issue: 2 })).rejects.toMatchObject({
          code: 'SANDBOX_MISSING',
          exitCode: 2,
          help: expect.stringContaining('--sandbox best-effort'),
        });
      });
      expect(await refsOf()).toBe(refs);
    },
  );

  test('a damaged line of the log: it is named with its file', async () => {
    const path = await damageLog(project);
    const before = await refsOf();
    const { exitCode, stderr } = await step(1, { ANTHROPIC_API_KEY: 'unused-by-this-step' });
    expect(exitCode).toBe(4);
    expect(stderr).toContain(path);
    expect(stderr).toMatch(/line 2/);
    expect(stderr).toContain('tamma events verify');
    expect(await refsOf()).toBe(before);
    const verified = await callCli(['events', 'verify', '--repo', project.directory]);
    expect(verified).toMatchObject({ exitCode: 4, stdout: expect.stringContaining(path) });
  });
});

/** Changes a name in the log, as a bad disk or a bad person would, and says in which file. */
async function damageLog({ git, folder }: SampleProject): Promise<string> {
  const names = await git('grep', '--name-only', '"assignee":"Tamma demo"', 'tamma-events', '--', 'log');
  const path = names.replace('tamma-events:', '');
  const work = join(folder, 'log');
  await git('worktree', 'add', '--quiet', work, 'tamma-events');
  const text = await readFile(join(work, path), 'utf8');
  await writeFile(join(work, path), text.replace('"assignee":"Tamma demo"', '"assignee":"Mallory"'));
  await gitText(['commit', '--quiet', '--all', '--message', 'Damage'], { cwd: work });
  await git('worktree', 'remove', '--force', work);
  return path;
}

describe('what goes wrong in a step is recorded and can be tried again', () => {
  test('a project without a test command: nothing is merged untested', async () => {
    await project.commit('Drop the tests', {
      'package.json': null,
      'test/parse.test.js': null,
      'test/format.test.js': null,
      '.tamma/config.yml': QUICK_CONFIG.replace(/commands: .*\n/, ''),
    });
    const last = await walkToEnd(project, { model: markdownScript(), issue: 2 });
    expect(last).toMatchObject({
      step: 'CONTEXT_GATHERING',
      error: { code: 'NO_TEST_COMMAND', exitCode: 2 },
    });
    expect(last.error?.help).toContain('commands.test');
  });

  test('a project whose tests fail before anything was written', async () => {
    await project.commit('Break a test', { 'test/broken.test.js': "throw new Error('as it was');\n" });
    const last = await walkToEnd(project, { model: markdownScript(), issue: 2 });
    expect(last).toMatchObject({ status: 'escalated', step: 'CODE_GENERATION' });
    expect(dataOf(await readLog(project, 2), 'GATE.FAILED')[0]).toMatchObject({
      gateId: 'tdd',
      report: {
        summary: 'the tests fail before anything was written',
        output: expect.stringContaining('as it was'),
      },
    });
  });

  test('a provider that cannot be reached', async () => {
    await setUp(
      `${QUICK_CONFIG}providers: { local: { vendor: openai-compatible, baseUrl: 'http://127.0.0.1:1/v1', apiKeyEnv: null, model: m, price: { input: 0, output: 0 } } }\n`,
    );
    const { exitCode, stderr, stdout } = await step();
    expect(exitCode).toBe(1);
    expect(`${stdout}${stderr}`).toContain('Check the base URL');
    const events = await readLog(project, 1);
    expect(dataOf(events, 'WORKFLOW.STEP_FAILED')).toMatchObject([
      { stepId: 'RESEARCH', code: 'PROVIDER_UNREACHABLE', retryable: true },
    ]);
    expect(dataOf(events, 'AI.REQUEST.FAILED')).toMatchObject([{ tries: 3 }]);
    expect(await verifyLog(project)).toMatchObject({ ok: true });

    await setUp(QUICK_CONFIG);
    expect(await walkToEnd(project, { model: quickScript(), before: 'AMBIGUITY_CHECK' })).toMatchObject({
      step: 'RESEARCH',
      status: 'done',
    });
  });

  test('a checkout with changes in the way: they are named and kept, and the step goes on once they are committed', async () => {
    await walkToEnd(project, { model: quickScript(), before: 'PR_CREATION' });
    const path = '.tamma/issues/1.md';
    const mine = `${await project.read('main', path)}\nMy own note.\n`;
    await writeFile(join(project.directory, path), mine);
    const failed = await walkToEnd(project, {});
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: 'CHECKOUT_DIRTY', exitCode: 2, message: expect.stringContaining(path) },
    });
    expect(await project.git('diff', '--name-only')).toBe(path);
    await project.git('checkout', '--', path);
    expect(await walkToEnd(project, { before: 'CI_CHECK' })).toMatchObject({
      step: 'PR_CREATION',
      progressed: true,
    });
    expect(await readMergeFacts(project)).toMatchObject({ pullDocuments: 1 });
  });

  test('changes of other files do not matter, and stay as they are', async () => {
    await writeFile(join(project.directory, 'README.md'), '# My draft\n');
    await writeFile(join(project.directory, 'notes.txt'), 'mine\n');
    expect(await walkToEnd(project, { model: quickScript() })).toMatchObject({ status: 'done' });
    expect(await project.git('status', '--porcelain')).toBe('M README.md\n?? notes.txt');
  });

  test('a budget that is used up: said once, handed to a person, and retried once it is raised', async () => {
    await setUp(`${QUICK_CONFIG}budget: { perIssueUsd: 0.001 }\n`);
    const last = await walkToEnd(project, { model: quickScript() });
    expect(last).toMatchObject({ status: 'escalated', step: 'RESEARCH', error: { code: 'BUDGET_EXCEEDED' } });
    expect(exitCodeOf(last)).toBe(3);
    expect(await walkToEnd(project, { model: quickScript() })).toMatchObject({
      status: 'escalated',
      step: null,
    });
    const events = await readLog(project, 1);
    expect(dataOf(events, 'BUDGET.EXCEEDED')).toMatchObject([{ scope: 'issue', limitUsd: 0.001 }]);
    expect(dataOf(events, 'ESCALATION.TRIGGERED')).toMatchObject([
      { reason: 'budget', commands: expect.arrayContaining(['tamma retry --issue 1']) },
    ]);
    expect(dataOf(events, 'AI.REQUEST.SENT')).toEqual([]);

    await setUp(`${QUICK_CONFIG}budget: { perIssueUsd: 5 }\n`);
    expect(await say(project, 'retry')).toMatchObject({ accepted: true });
    const next = await walkToEnd(project, { model: quickScript(), before: 'AMBIGUITY_CHECK' });
    expect(next).toMatchObject({ step: 'RESEARCH', progressed: true });
  });

  test('a step that fails three times is handed to a person in the run of its third failure', async () => {
    const model = quickScript({ research: [] });
    const ends = [
      await walkToEnd(project, { model }),
      await walkToEnd(project, { model }),
      await walkToEnd(project, { model }),
    ];
    expect(ends.map(({ status }) => status)).toEqual(['failed', 'failed', 'escalated']);
    expect(ends.map(exitCodeOf)).toEqual([1, 1, 3]);
    expect((await readMergeFacts(project)).issueFile).toContain('needs-human-review');
    expect(await readLoopState(project)).toMatchObject({
      escalation: { reason: 'step-keeps-failing', stepId: 'RESEARCH' },
    });
  });
});
