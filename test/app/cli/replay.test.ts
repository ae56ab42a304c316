import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../../../src/app/cli/main.ts';
import { readDemoSession } from '../../../src/app/demo/sessions.ts';
import { toLine } from '../../../src/core/events/line.ts';
import { callCli } from '../../support/call-cli.ts';
import { createGitRepository, type TestRepository } from '../../support/git-repository.ts';
import { readRecordedLog, recordedLogs } from '../../support/recorded-log.ts';
import { openRuntime } from '../../support/recorded-repository.ts';

const events = readRecordedLog('5c4a8d7/people');
let repository: TestRepository;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-cli-replay-'));
  repository = await createGitRepository({ files: { 'README.md': 'x\n' } });
  const bundle = join(recordedLogs, '5c4a8d7', 'people.bundle');
  await repository.git(['fetch', '--quiet', bundle, 'refs/heads/recorded-base:refs/heads/recorded']);
  const { runtime } = await openRuntime(repository.directory);
  await runtime.store.importLines?.(events.map((event) => ({ event, line: toLine(event) })));
  await runtime.close();
});

afterAll(async () => {
  await repository.remove();
  await rm(folder, { recursive: true, force: true });
});

const replay = (...argv: string[]) =>
  callCli(['replay', '--issue', '1', ...argv, '--repo', repository.directory]);

async function json(...argv: string[]) {
  const { exitCode, stdout } = await replay(...argv, '--json');
  return { exitCode, document: JSON.parse(stdout) };
}

describe('tamma replay', () => {
  test('tells every decision, what it rested on, and what comes next', async () => {
    const { exitCode, stdout } = await replay();
    expect(exitCode).toBe(0);
    expect(stdout).toContain('decided again by this version: 18 of 18 the same');
    expect(stdout).toMatch(/next stop \(stopped\)\n {7}because a person stopped it/);
    const { document } = await json('--at', '105');
    expect(document).toMatchObject({ state: { status: 'escalated' }, next: { key: 'stop (escalated)' } });
  });

  test('--why follows the causes of an event, or of what comes next', async () => {
    expect((await replay('--why', '105')).stdout).toMatch(/^105 .*step-keeps-failing.*\n[\s\S]*← 94/);
    expect((await replay('--why', 'next')).stdout).toMatch(/^116 WORKFLOW\.CANCELLED a person said so/);
    expect((await json('--why', '32')).document.why[0]).toMatchObject({ writtenBy: { kind: 'person' } });
  });

  test('--html writes a page', async () => {
    const file = join(folder, 'replay.html');
    expect((await json('--html', file)).document).toEqual({ issue: 1, file, events: 116, decisions: 18 });
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/);
  });

  test('--compare tells another log from this one', async () => {
    const file = join(folder, 'other.ndjson');
    await writeFile(file, `${events.slice(0, 40).map(toLine).join('\n')}\n`);
    expect((await replay('--compare', file)).stdout).toContain(
      'The first 40 events are the same to the byte.',
    );
    expect((await json('--compare', repository.directory)).document).toMatchObject({
      shared: 116,
      first: null,
    });
  });

  test('--run ends with 5 where a run would not come out as recorded', async () => {
    const session = join(folder, 'session.json');
    await writeFile(session, await readDemoSession(2));
    const { exitCode, document } = await json('--run', '--session', session, '--sandbox', 'best-effort');
    expect(exitCode).toBe(5);
    expect(document).toMatchObject({ status: 'differs', tokens: 0, parting: { stepId: 'RESEARCH' } });
  });

  test('--interactive walks by the lines it is given, from where it is told', async () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    let shown = '';
    stdout.on('data', (text) => {
      shown += text;
    });
    stdin.end('d\nw\nq\nn\n');
    const argv = ['replay', '--issue', '1', '--interactive', '--at', '31', '--repo', repository.directory];
    const streams = { stdin, stdout, stderr };
    const exitCode = await runCli({ argv, environment: { PATH: process.env.PATH }, streams, version: '1' });
    expect(exitCode).toBe(0);
    expect(shown).toMatch(
      /^Issue 1: 116 events[\s\S]*31 .*COMMAND\.REFUSED[\s\S]*run CODE_GENERATION \(run 1\)/,
    );
    expect(shown.match(/CODE_GENERATION \(run 1\)\n/g)?.length).toBe(1);
  });

  test.each([
    [['--at', 'yesterday'], 'is no moment of the log'],
    [['--diff', '12'], 'is no range'],
    [['--why', '999'], 'no event of this issue is at 999'],
    [['--why', 'because'], 'no event of this issue is at because'],
    [['--why', '1', '--diff', '1..2'], 'two different questions'],
    [['--interactive', '--json'], 'for people'],
    [['--session', 'x'], '--session does not go with this'],
    [['--run', '--at', '3'], '--at does not go with --run'],
    [['--run', '--session', '/nowhere'], 'cannot be read'],
    [['--compare', '/nowhere'], 'cannot be read'],
    [['--html', '/nowhere/x.html'], 'cannot be written'],
    [['--issue', '9'], 'the log knows nothing of issue 9'],
  ])('with %j ends with 2 and says what is wrong', async (argv, message) => {
    const { exitCode, stdout, stderr } = await replay(...argv);
    expect(exitCode).toBe(2);
    expect(`${stdout}${stderr}`).toContain(message);
  });
});
