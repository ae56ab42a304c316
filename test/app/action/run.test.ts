import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findGitToken } from '../../../src/app/action/git-token.ts';
import { callAction } from '../../support/call-action.ts';
import { createEventLog, DIGEST, type EventLog } from '../../support/event-log.ts';
import type { TestRepository } from '../../support/git-repository.ts';
import { createRecordedRepository, damageLog, projectFiles } from '../../support/recorded-repository.ts';
import { runActionEntry } from '../../support/run-cli.ts';
import { createAskingLog, createEscalatedLog, createPlannedLog } from '../../support/sample-loop.ts';

let folder: string;
let repository: TestRepository;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-runner-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

afterEach(async () => {
  await repository.remove();
});

/** The action as the runner starts it: inputs as variables, outputs and summary as files. */
async function run(log: EventLog, inputs: Record<string, string>, files = projectFiles) {
  repository = await createRecordedRepository(log, files);
  return runAgain(inputs);
}

async function runAgain(inputs: Record<string, string>, start = callAction) {
  const [outputFile, summaryFile] = [join(folder, 'output'), join(folder, 'summary')];
  await Promise.all([outputFile, summaryFile].map((file) => writeFile(file, '')));
  const env: Record<string, string> = {
    GITHUB_ACTIONS: 'true',
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_ATTEMPT: '2',
    GITHUB_OUTPUT: outputFile,
    GITHUB_STEP_SUMMARY: summaryFile,
    GITHUB_WORKSPACE: repository.directory,
  };
  for (const [name, value] of Object.entries({ remote: 'none', ...inputs }))
    env[`INPUT_${name.toUpperCase()}`] = value;
  const result = await start(env);
  const outputs = parseOutputs(await readFile(outputFile, 'utf8'));
  return { ...result, outputs, summary: await readFile(summaryFile, 'utf8') };
}

/** GitHub docs, "Setting an output parameter", multiline form. */
function parseOutputs(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^(.+)<<(\S+)\n([\s\S]*?)\n\2$/gm)].map(([, name = '', , value = '']) => [name, value]),
  );
}

describe('the action', () => {
  test('takes the next step of the next issue, and says so in outputs and summary', async () => {
    const first = await run(createEventLog(), { 'dry-run': 'true' });
    const { exitCode, outputs, summary, stdout } = await runAgain({}, (env) => runActionEntry({ env }));
    expect(first.outputs.status).toBe('idle');
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({
      status: 'done',
      step: 'ISSUE_ASSIGNMENT',
      'next-step': 'CONTEXT_GATHERING',
      issue: '7',
      issues: '[7]',
    });
    expect(outputs.position).toMatch(/^\d+$/);
    expect(summary).toContain('## ▶ #7 Commas in fields');
    expect(summary).toContain('- **Assign the issue** because nothing is known of this issue yet: begin');
    expect(summary).toMatch(/Log position \d+, hash `[0-9a-f]{64}`/);
    expect(stdout).toContain('| ▶ Assign the issue');
  });

  test('goes on until somebody is needed where it is told to', async () => {
    const { exitCode, outputs, stdout, summary } = await run(createEventLog(), {
      issue: '7',
      'steps-per-run': 'until-wait',
    });
    expect(exitCode).toBe(2); // no key is there, and that is said
    expect(outputs).toMatchObject({ status: 'failed' });
    expect(stdout).toMatch(/^::error title=KEY_MISSING::/m);
    expect(summary).toContain('anthropic-api-key: ${{ secrets.ANTHROPIC_API_KEY }}');
    expect(summary).toContain('TAMMA_BASE_URL: ');
    expect(stdout).toContain('Gather context');
  });

  test('that has nothing to do is idle', async () => {
    const { exitCode, outputs, summary } = await run(
      createEventLog(),
      { 'dry-run': 'true', sandbox: 'best-effort' },
      { 'README.md': 'x' },
    );
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ status: 'idle', issues: '[]', step: '' });
    expect(summary).toContain('Nothing to do');
  });

  test('shows what it would do in a dry run', async () => {
    const { outputs, summary } = await run(createEventLog(), { 'dry-run': 'true' });
    expect(outputs).toMatchObject({ status: 'idle', issues: '[7]' });
    expect(summary).toContain('- #7 would run: first of the queue');
  });

  test('of an issue that waits succeeds and names the command', async () => {
    const { exitCode, outputs, stdout } = await run(createPlannedLog(), { issue: '7' });
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ status: 'waiting', 'next-step': '' });
    expect(stdout).toMatch(
      new RegExp(
        `^::notice title=Issue 7 is waiting for approval of the plan::.*tamma approve ${DIGEST('d')}`,
        'm',
      ),
    );
  });

  test('of an escalated issue warns, and fails only where it is told to', async () => {
    const calm = await run(createEscalatedLog(), { issue: '7' });
    expect(calm).toMatchObject({ exitCode: 0, outputs: { status: 'escalated' } });
    expect(calm.stdout).toMatch(/^::warning title=Issue 7 needs a person::/m);
    expect(await runAgain({ issue: '7', 'fail-on-escalation': 'true' })).toMatchObject({ exitCode: 3 });
  });

  test('lets no text of an issue reach the runner as a command', async () => {
    const title = '##[error]owned ::stop-commands::x';
    const files = {
      ...projectFiles,
      '.tamma/issues/7.md': `---\ntitle: "${title}"\nlabels: [tamma]\nstate: open\n---\n::error::owned\n`,
    };
    const { stdout } = await run(createEventLog(), {}, files);
    expect(stdout).not.toMatch(/##\w*\[/);
    expect(stdout.split('\n').filter((line) => /^\s*::/.test(line))).toEqual([]);
  });

  test('hides the keys it is given before anything else is printed', async () => {
    const { stdout } = await run(createEventLog(), {
      'anthropic-api-key': 'a-key-that-is-never-used',
      command: 'doctor',
    });
    expect(stdout.split('\n')[0]).toBe('::add-mask::a-key-that-is-never-used');
  });

  test('prints no key of its environment, whatever quotes it', async () => {
    const { stdout } = await run(createEventLog(), {
      command: 'correct-horse-battery',
      'zai-api-key': 'correct-horse-battery',
    });
    expect(stdout).toMatch(/^::error title=USAGE::.*\[REDACTED:/m);
    expect(stdout.replace('::add-mask::correct-horse-battery', '')).not.toContain('correct-horse');
  });

  test('refuses inputs that are wrong', async () => {
    const { exitCode, outputs, stdout } = await run(createEventLog(), { command: 'dance' });
    expect(exitCode).toBe(2);
    expect(outputs.status).toBe('failed');
    expect(stdout).toMatch(/^::error title=USAGE::.*command must be auto/m);
  });
});

describe('the other commands of the action', () => {
  test('events checks the log, and fails with 4 where it was damaged', async () => {
    const sound = await run(createAskingLog(), { command: 'events' });
    expect(sound).toMatchObject({
      exitCode: 0,
      outputs: { status: 'done', position: String(createAskingLog().events.length) },
    });
    await damageLog(repository);
    expect(await runAgain({ command: 'events' })).toMatchObject({
      exitCode: 4,
      outputs: { status: 'failed' },
    });
  });

  test('report tells where all issues stand', async () => {
    const { outputs, summary } = await run(createPlannedLog(), { command: 'report' });
    expect(outputs).toMatchObject({ status: 'done', issues: '[7]', 'cost-usd': '0' });
    expect(summary).toContain('Tamma · waiting for approval');
  });

  test('doctor lists what is missing', async () => {
    const { exitCode, outputs, summary, stdout } = await run(createEventLog(), { command: 'doctor' });
    expect({ exitCode, status: outputs.status }).toEqual({ exitCode: 2, status: 'failed' });
    expect(summary).toMatch(/\| ✗ \| provider \| .*ANTHROPIC_API_KEY/);
    expect(stdout).toMatch(/^::error title=provider::/m);
  });
});

describe('the token of the job', () => {
  const environment = { GITHUB_SERVER_URL: 'https://github.com' };

  test.each([
    ['https://github.com/acme/shop', 'secret'],
    ['https://github.com.evil.example/acme/shop', undefined],
    ['https://evil.example/acme/shop', undefined],
    ['git@github.com:acme/shop.git', undefined],
  ])('for %s is %s', async (url, expected) => {
    repository = await createRecordedRepository(createEventLog(), { 'README.md': 'x' });
    await repository.git(['remote', 'add', 'origin', url]);
    const request = { directory: repository.directory, environment, remote: 'origin', token: 'secret' };
    expect(await findGitToken(request)).toBe(expected);
    expect(await findGitToken({ ...request, remote: 'none' })).toBeUndefined();
    expect(await findGitToken({ ...request, remote: 'other' })).toBeUndefined();
    expect(await findGitToken({ ...request, environment: {} })).toBeUndefined();
  });
});
