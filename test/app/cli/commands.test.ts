import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callCli } from '../../support/call-cli.ts';
import { DIGEST } from '../../support/event-log.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { createRecordedRepository, damageLog, projectFiles } from '../../support/recorded-repository.ts';
import { createAskingLog, createEscalatedLog, createPlannedLog } from '../../support/sample-loop.ts';

let planned: TestRepository;
let folder: string;

beforeAll(async () => {
  planned = await createRecordedRepository(createPlannedLog());
  folder = await mkdtemp(join(tmpdir(), 'tamma-cli-'));
});

afterAll(async () => {
  await planned.remove();
  await rm(folder, { recursive: true });
});

function at(repository: TestRepository, ...argv: string[]) {
  return callCli([...argv, '--repo', repository.directory]);
}

async function json(repository: TestRepository, ...argv: string[]) {
  const { exitCode, stdout, stderr } = await at(repository, ...argv, '--json');
  return { exitCode, stderr, document: JSON.parse(stdout) };
}

describe('tamma status', () => {
  test('shows what an issue waits for, with all that is needed to answer', async () => {
    const { exitCode, stdout } = await at(planned, 'status', '--issue', '7');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('waiting for approval');
    expect(stdout).toContain('2. Read quotes');
    expect(stdout).toContain(`→ tamma approve ${DIGEST('d')} --issue 7`);
  });

  test('as JSON holds the state and what a run would do', async () => {
    const { document } = await json(planned, 'status', '--issue', '7');
    expect(document).toMatchObject({
      issue: 7,
      status: 'waiting',
      next: { kind: 'wait' },
      state: { design: { revision: 1 } },
    });
  });

  test('lists all issues', async () => {
    expect((await at(planned, 'status')).stdout).toMatch(/#7 .*waiting for approval/);
    expect((await json(planned, 'status')).document.issues).toHaveLength(1);
  });

  test('of an issue that is not there ends with 2, the message and what to do', async () => {
    const { exitCode, stdout, stderr } = await at(planned, 'status', '--issue', '9');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^✗ .*9\.md.*\n→ Check the number/);
  });
});

describe('tamma events', () => {
  test('list shows one line an event and takes filters', async () => {
    const { stdout } = await at(planned, 'events', 'list', '--type', 'DESIGN.PROPOSED', '--limit', '1');
    expect(stdout).toMatch(/^ +\d+ 2026-11-20T\S+ DESIGN\.PROPOSED +#7 +\S/);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  test('list as JSON is one document', async () => {
    const { document } = await json(planned, 'events', 'list', '--limit', '2');
    expect(document.events).toHaveLength(2);
    expect((await json(planned, 'events', 'list', '--issue', '8')).document).toEqual({ events: [] });
    expect(await at(planned, 'events', 'list', '--issue', '8')).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('none of 15 events matches'),
    });
  });

  test('show gives one event in full', async () => {
    const { stdout } = await at(planned, 'events', 'show', '2');
    expect(JSON.parse(stdout)).toMatchObject({ position: 2, type: 'ISSUE.SELECTED' });
    expect(stdout).not.toContain('\u001b');
    expect((await json(planned, 'events', 'show', '2')).document).toEqual(JSON.parse(stdout));
  });

  test('export writes every format, to standard output or a file', async () => {
    const lines = (await at(planned, 'events', 'export')).stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(createPlannedLog().events.length);
    expect((await json(planned, 'events', 'export')).document).toHaveLength(lines.length);
    expect((await at(planned, 'events', 'export', '--format', 'csv')).stdout).toMatch(/^position,id,type/);
    const output = join(folder, 'events.ndjson');
    const { document } = await json(planned, 'events', 'export', '--output', output);
    expect(document).toMatchObject({ output, format: 'ndjson', events: lines.length });
    expect((await readFile(output, 'utf8')).trimEnd().split('\n')).toEqual(lines);
    const nowhere = await at(planned, 'events', 'export', '--output', join(folder, 'no', 'file'));
    expect(nowhere.exitCode).toBe(2);
    expect(nowhere.stderr).toContain('cannot be written: ENOENT');
  });

  test('verify takes a head noted elsewhere, and ends with 4 where the log no longer holds it', async () => {
    const { hash } = JSON.parse((await at(planned, 'events', 'show', '15')).stdout) as { hash: string };
    expect(await at(planned, 'events', 'verify', '--anchor', `15:${hash}`)).toMatchObject({ exitCode: 0 });
    expect(await at(planned, 'events', 'verify', '--anchor', `16:${hash}`)).toMatchObject({ exitCode: 4 });
    expect(await at(planned, 'events', 'verify', '--anchor', 'head')).toMatchObject({ exitCode: 2 });
  });

  test('verify takes a file of such heads, and names the first bad line of a log, then the rest', async () => {
    const { hash } = JSON.parse((await at(planned, 'events', 'show', '15')).stdout) as { hash: string };
    const file = join(folder, 'anchors');
    await writeFile(file, `15:${hash}\n`);
    const { exitCode, stdout } = await at(planned, 'events', 'verify', '--anchor-file', file);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('1 anchor compared'),
    });
    await writeFile(file, `15:${hash}\n15:${'f'.repeat(64)}\n17:${hash.slice(0, 16)}\n`);
    const damaged = await at(planned, 'events', 'verify', '--anchor-file', file);
    expect(damaged.exitCode).toBe(4);
    expect(damaged.stdout.split('\n').slice(0, 2)).toEqual([
      `✗ the log is damaged: position 15, ${file}, line 2: rewritten history: position 15 is not the event that was noted there; position 15 is as it was noted, and so is all before it: the note was changed`,
      `  also position 16, ${file}, line 3: the tail is cut off: the log ends at 15, but 17 was once its head`,
    ]);
    const gone = await at(planned, 'events', 'verify', '--anchor-file', join(folder, 'gone'));
    expect(gone).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('there is no anchor file') });
    const { document } = await json(planned, 'events', 'verify', '--anchor-file', file);
    expect(document).toMatchObject({
      ok: false,
      events: 15,
      anchors: [{ position: 15 }, {}, { position: 17 }],
    });
  });

  test('verify says that the log is whole, and ends with 4 where it is not', async () => {
    expect(await at(planned, 'events', 'verify')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^✓ 15 events/),
    });
    const damaged = await createRecordedRepository(createAskingLog());
    const path = await damageLog(damaged);
    const { exitCode, stdout } = await at(damaged, 'events', 'verify');
    const { document } = await json(damaged, 'events', 'verify');
    await damaged.remove();
    expect(exitCode).toBe(4);
    expect(stdout).toContain(path);
    expect(stdout).toContain('→ Restore the branch');
    expect(document).toMatchObject({
      ok: false,
      problems: [expect.anything(), ...document.problems.slice(1)],
    });
  });
});

test('tamma replay tells why every decision was taken', async () => {
  const { stdout } = await at(planned, 'replay', '--issue', '7');
  expect(stdout).toContain('run ISSUE_ASSIGNMENT (run 1)');
  expect(stdout).toContain('DIFFERENTLY'); // the sample leaves RESEARCH out, which no real run would
  const { document } = await json(planned, 'replay', '--issue', '7', '--at', '3', '--diff', '1..5');
  expect(document).toMatchObject({
    issue: 7,
    at: '3',
    state: { position: 3 },
    difference: { from: '1', to: '5' },
  });
});

describe('tamma config', () => {
  test('show prints the effective configuration and where it comes from', async () => {
    expect((await at(planned, 'config', 'show')).stdout).toMatch(/^# defaults[\s\S]*mode: dev/);
    expect((await json(planned, 'config', 'show')).document).toMatchObject({
      config: { mode: 'dev' },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('validate names every mistake at once and ends with 2', async () => {
    const file = join(folder, 'config.yml');
    await writeFile(file, 'mod: dev\nmerge: { method: squish }\n');
    const { exitCode, stderr } = await at(planned, 'config', 'validate', '--config', file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(':1:1');
    expect(stderr).toContain('squash');
    const { document } = await json(planned, 'config', 'validate', '--config', file);
    expect(document.error).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { problems: [{ line: 1 }, { line: 2 }] },
    });
  });

  test('validate accepts a good file and says what is worth knowing', async () => {
    const file = join(folder, 'good.yml');
    await writeFile(file, 'approval: { merge: auto }\n');
    const { exitCode, stdout } = await at(planned, 'config', 'validate', '--config', file);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^✓ .*good\.yml is valid\n! approval\.merge is auto/),
    });
  });

  test('schema is JSON Schema, anywhere', async () => {
    const { stdout } = await callCli(['config', 'schema', '--repo', tmpdir()]);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: expect.stringContaining('2020-12'),
      properties: { mode: {} },
    });
  });
});

describe('what is here', () => {
  test('tamma providers marks the one in use and tells why others cannot be', async () => {
    const { stdout } = await at(planned, 'providers');
    expect(stdout).toMatch(/anthropic +no key: set ANTHROPIC_API_KEY/);
    expect(stdout).toMatch(/\nno model can be used: no key is set/);
    const env = { OPENROUTER_API_KEY: 'k-12345678' };
    const keyed = await callCli(['providers', '--repo', planned.directory], { env });
    expect(keyed.stdout).toMatch(/openrouter .*key present.*← used/);
    expect(keyed.stdout).toMatch(
      /\nusing openrouter openrouter\/auto, paid by the account of OPENROUTER_API_KEY/,
    );
    expect((await json(planned, 'providers')).document).toMatchObject({ used: 'auto', paidBy: [] });
  });

  test('tamma platforms tells what the platform of the repository can do', async () => {
    expect((await at(planned, 'platforms')).stdout).toMatch(/^plain-git .*\n {2}issueWrites +commit/);
    expect((await json(planned, 'platforms')).document.platforms[0]).toMatchObject({ id: 'plain-git' });
  });

  test('tamma doctor ends with 2 while something is missing', async () => {
    const { exitCode, stdout } = await at(planned, 'doctor');
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/✓ git +\d/);
    expect(stdout).toMatch(/✗ provider .*\n {4}→ Set ANTHROPIC_API_KEY/);
    const env = { ANTHROPIC_API_KEY: 'a-key-that-is-never-used' };
    const fit = await callCli(['doctor', '--json', '--repo', planned.directory], { env });
    expect(fit.exitCode).toBe(0);
    expect(JSON.parse(fit.stdout)).toMatchObject({ ok: true });
  });
});

describe('what a person says', () => {
  test('is refused with 2 and the reason where it does not fit', async () => {
    const { exitCode, stderr } = await at(planned, 'approve', '0123456789abcdef', '--issue', '7');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^✗ 0123456789abcdef… is not what waits.*\n→ `tamma status --issue 7`/);
    expect((await json(planned, 'retry', '--issue', '7')).document.error).toMatchObject({
      code: 'COMMAND_REFUSED',
    });
  });

  test('about a step that does not exist is answered with the one that was meant', async () => {
    const { exitCode, stderr } = await at(planned, 'skip', 'CI_CHEK', '--issue', '7');
    expect(exitCode).toBe(2);
    expect(stderr).toBe('✗ there is no step CI_CHEK\n→ Did you mean CI_CHECK?\n');
    expect((await at(planned, 'skip', 'xyz', '--issue', '7')).stderr).toContain('Steps: ISSUE_ASSIGNMENT');
  });

  test('is carried out, recorded, and answered with what comes next', async () => {
    const repository = await createRecordedRepository(createEscalatedLog());
    const retried = await at(repository, 'retry', '--issue', '7');
    const stopped = await json(repository, 'stop', '--issue', '7', 'no longer needed');
    const listed = await json(repository, 'events', 'list', '--type', 'COMMAND.RECEIVED');
    await repository.remove();
    expect(retried).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^✓ .*\n→ tamma run --issue 7/),
    });
    expect(stopped.document).toMatchObject({ accepted: true, command: 'stop', status: 'stopped' });
    expect(listed.document.events.map(({ data }: { data: { command: string } }) => data.command)).toEqual([
      'retry',
      'stop',
    ]);
  });
});

test('with --dry-run is judged, and nothing is recorded', async () => {
  const before = await planned.findRef('refs/heads/tamma-events');
  const { exitCode, document } = await json(planned, 'stop', '--issue', '7', '--dry-run');
  expect({ exitCode, document }).toMatchObject({
    exitCode: 0,
    document: { accepted: true, status: 'waiting' },
  });
  expect(await planned.findRef('refs/heads/tamma-events')).toBe(before);
});

test('a key of this run is not printed, whatever quotes it', async () => {
  const env = { ACME_TOKEN: 'correct-horse-battery-staple' };
  const argv = ['events', 'show', env.ACME_TOKEN, '--repo', planned.directory];
  for (const extra of [[], ['--json']]) {
    const { exitCode, stdout, stderr } = await callCli([...argv, ...extra], { env });
    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain('[REDACTED:ACME_TOKEN]');
    expect(stdout + stderr).not.toContain('battery');
  }
});

describe('tamma step', () => {
  test('takes one step and tells what comes next', async () => {
    const repository = await createGitRepository({ files: projectFiles });
    const first = await at(repository, 'step', '--issue', '7');
    const second = await json(repository, 'step', '--issue', '7');
    await repository.remove();
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toMatch(/^#7 ISSUE_ASSIGNMENT done: /);
    expect(first.stdout).toContain('next: CONTEXT_GATHERING (tamma step --issue 7)');
    expect(first.stderr).toContain('▶ Assign the issue');
    expect(second.document).toMatchObject({
      status: 'done',
      step: 'CONTEXT_GATHERING',
      nextStep: 'RESEARCH',
      issue: 7,
      error: null,
    });
  });

  test('without writing shows what would be written', async () => {
    const repository = await createGitRepository({ files: projectFiles });
    const { stdout } = await at(repository, 'step', '--issue', '7', '--dry-run');
    const { document } = await json(repository, 'step', '--issue', '7', '--dry-run');
    const log = await repository.findRef('refs/heads/tamma-events');
    await repository.remove();
    expect(stdout).toContain('would write: {"kind":"issue"');
    expect(document.intents[0]).toMatchObject({ kind: 'issue', number: 7 });
    expect(log).toBeUndefined();
  });

  test('of an issue that waits is success, and says what it waits for', async () => {
    const { exitCode, document } = await json(planned, 'step', '--issue', '7');
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ status: 'waiting', step: null, wait: { for: 'approval' } });
  });

  test('of an issue that needs a person ends with 3 and the commands', async () => {
    const repository = await createRecordedRepository(createEscalatedLog());
    const { exitCode, stdout } = await at(repository, 'step', '--issue', '7');
    await repository.remove();
    expect(exitCode).toBe(3);
    expect(stdout).toContain('- major src/parse.js:12');
    expect(stdout).toContain('→ tamma retry --issue 7');
  });

  test('without a key ends with 2 before anything is claimed', async () => {
    const repository = await createGitRepository({ files: projectFiles });
    await at(repository, 'step', '--issue', '7');
    await at(repository, 'step', '--issue', '7');
    const before = await repository.findRef('refs/heads/tamma-events');
    const { exitCode, document } = await json(repository, 'step', '--issue', '7');
    const after = await repository.findRef('refs/heads/tamma-events');
    await repository.remove();
    expect(exitCode).toBe(2);
    expect(document.error.code).toBe('KEY_MISSING');
    expect(after).toBe(before);
  });
});

describe('tamma run', () => {
  test('works until something is missing, and ends with 2 and what to do', async () => {
    const repository = await createGitRepository({ files: projectFiles });
    const { exitCode, stdout, stderr } = await at(repository, 'run', '--next');
    const again = await json(repository, 'run', '--issue', '7');
    await repository.remove();
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('✓ Gather context');
    expect(stderr).toMatch(/✗ no model can be used: no key is set/);
    expect(again.document.error).toMatchObject({ code: 'KEY_MISSING' });
  });

  test('stops at a wait nobody is there to answer, and says what it waits for', async () => {
    const { exitCode, stdout } = await at(planned, 'run', '--issue', '7');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('waiting for approval');
    expect(stdout).toContain(`→ tamma approve ${DIGEST('d')} --issue 7`);
  });

  test('asks the person at the terminal, tells what came of it, and goes on asking where it was refused', async () => {
    const typed = ['1', '3'];
    const repository = await createRecordedRepository(createPlannedLog());
    const { exitCode, stdout, stderr } = await callCli(
      ['run', '--issue', '7', '--repo', repository.directory],
      { typed },
    );
    await repository.remove();
    expect(exitCode).toBe(0);
    expect(stderr).toContain('The plan for issue 7:');
    expect(stderr).toContain('the configuration changed after the plan was made');
    expect(stderr).toMatch(/stopped; `tamma resume` goes on/);
    expect(stdout).toContain('stopped');
  });

  test('with nothing to do says so', async () => {
    const repository = await createGitRepository({ files: { 'README.md': 'x' } });
    expect(await at(repository, 'run', '--next')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Nothing to do'),
    });
    expect((await json(repository, 'run', '--next')).document).toEqual({
      status: 'idle',
      issue: null,
      steps: [],
    });
    expect(await at(repository, 'orchestrate')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Nothing to do'),
    });
    await repository.remove();
  });

  test('needs an issue, and only one way to name it', async () => {
    expect(await at(planned, 'run')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--next'),
    });
    expect(await at(planned, 'run', '--issue', '7', '--next')).toMatchObject({ exitCode: 2 });
  });

  test('without writing previews the next step only', async () => {
    const repository = await createGitRepository({ files: projectFiles });
    const { document } = await json(repository, 'run', '--next', '--dry-run');
    await repository.remove();
    expect(document).toMatchObject({ step: 'ISSUE_ASSIGNMENT', position: 0 });
  });
});

describe('tamma orchestrate', () => {
  test('begins the next issue of the queue, and lists what waits', async () => {
    const files = {
      ...projectFiles,
      '.tamma/issues/8.md': (projectFiles['.tamma/issues/7.md'] ?? '').replace('Commas', 'Tabs'),
    };
    const repository = await createRecordedRepository(createPlannedLog(), files);
    const preview = await at(repository, 'orchestrate', '--dry-run');
    const { exitCode, document } = await json(repository, 'orchestrate');
    await repository.remove();
    expect(preview.stdout).toContain('#8 Tabs in fields · would run: first of the queue');
    expect(preview.stdout).toMatch(/#7 waiting for approval\n {3}→ tamma approve/);
    expect(exitCode).toBe(0);
    expect(document.picked).toMatchObject([
      { issue: 8, report: { step: 'ISSUE_ASSIGNMENT', status: 'done' } },
    ]);
    expect(document.waiting).toMatchObject([{ issue: 7, for: 'approval' }]);
  });
});

describe('in CI', () => {
  test('progress is JSON lines on standard error, also with --json', async () => {
    const repository = await createGitRepository({ files: projectFiles });
    const { stdout, stderr } = await callCli(
      ['step', '--issue', '7', '--json', '--repo', repository.directory],
      { env: { CI: 'true' } },
    );
    await repository.remove();
    expect(JSON.parse(stdout)).toMatchObject({ step: 'ISSUE_ASSIGNMENT' });
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ kind }) => kind)).toEqual(['step-started', 'step-ended']);
  });

  test('TAMMA_LOG_LEVEL silences it', async () => {
    const repository = await createGitRepository({ files: projectFiles });
    const env = { CI: 'true', TAMMA_LOG_LEVEL: 'silent' };
    const { stderr } = await callCli(['step', '--issue', '7', '--repo', repository.directory], { env });
    await repository.remove();
    expect(stderr).toBe('');
  });
});

describe('tamma demo', () => {
  test('does the whole job on the sample project, and shows what came of it', async () => {
    const { exitCode, stdout, stderr } = await callCli(['demo']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('the model’s answers are played back');
    expect(stderr).toContain('TAMMA_AI_PROVIDER');
    expect(stdout).toMatch(/✓ Merge /);
    expect(stdout).toMatch(/[0-9a-f]{10} Add tests for /);
    expect(stdout).toContain('✓ the tests pass on the default branch');
    expect(stdout).toMatch(/✓ the log verifies, \d+ events/);
  });

  test('has the issues 1 to 3', async () => {
    expect(await callCli(['demo', '--issue', '4'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('1, 2 and 3'),
    });
  });
});

describe('tamma --help', () => {
  test('is an overview of the commands', async () => {
    expect(await callCli(['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Usage: tamma'),
    });
    expect(await callCli(['run', '--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('--next'),
    });
  });
});

describe('colour', () => {
  test('is there on a terminal, and not with NO_COLOR', async () => {
    const argv = ['status', '--repo', planned.directory];
    expect((await callCli(argv, { typed: [] })).stdout).toContain('\u001b[');
    expect((await callCli(argv, { typed: [], env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
    expect((await callCli(argv, { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[');
    expect((await callCli(argv, { typed: [], env: { TERM: 'dumb' } })).stdout).not.toContain('\u001b');
  });

  test('TAMMA_DEBUG adds where in the code an error came from', async () => {
    const { stderr } = await callCli(['status', '--issue', '9', '--repo', planned.directory], {
      env: { TAMMA_DEBUG: '1' },
    });
    expect(stderr).toMatch(/TammaError: .*\n\s+at /);
  });
});
