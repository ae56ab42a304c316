import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { createGitRepository } from '../../support/git-repository.ts';
import { createRecordedRepository, openRuntime, projectFiles } from '../../support/recorded-repository.ts';
import { runCli } from '../../support/run-cli.ts';
import { createPlannedLog } from '../../support/sample-loop.ts';

describe('tamma as a process', () => {
  test('prints its version and nothing else', async () => {
    expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect(await runCli(['-V', '--json'])).toMatchObject({ exitCode: 0, stdout: `${manifest.version}\n` });
  });

  test('answers a wrong command line on standard error, with exit code 2', async () => {
    const { exitCode, stdout, stderr } = await runCli(['stauts']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^✗ unknown command 'stauts'\n→ Did you mean status\?/);
  });

  test('with --json answers on standard output, and nothing else is printed', async () => {
    const { exitCode, stdout, stderr } = await runCli(['stauts', '--json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'USAGE', help: expect.stringContaining('status') },
    });
  });

  test('without an identity takes no step, writes nothing, and says what to run', async () => {
    const repository = await createGitRepository({ files: projectFiles });
    await repository.git(['config', '--remove-section', 'user']);
    const { exitCode, stderr } = await runCli(['step', '--issue', '7', '--repo', repository.directory]);
    const log = await repository.findRef('refs/heads/tamma-events');
    await repository.remove();
    expect({ exitCode, log }).toEqual({ exitCode: 2, log: undefined });
    expect(stderr).toContain('git config user.name');
  });

  test('whose reader has seen enough ends without a word', async () => {
    const repository = await createRecordedRepository(createPlannedLog());
    const cli = join(import.meta.dirname, '..', '..', '..', 'src', 'cli.ts');
    const pipe = '"$0" "$1" events export --repo "$2" | head -c 10; echo "${PIPESTATUS[0]}"';
    const child = spawn('bash', ['-c', pipe, process.execPath, cli, repository.directory]);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => (stdout += text));
    child.stderr.on('data', (text) => (stderr += text));
    await once(child, 'close');
    await repository.remove();
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^.{10}0\n$/);
  });

  test('whose output goes to a full disk says so, and ends with 1', async () => {
    const cli = join(import.meta.dirname, '..', '..', '..', 'src', 'cli.ts');
    const child = spawn('bash', ['-c', '"$0" "$1" --help > /dev/full', process.execPath, cli]);
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    const [exitCode] = await once(child, 'close');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/^✗ standard output cannot be written: ENOSPC.*\n$/),
    });
  });

  test('told to stop ends the step, records that, and exits; the work of before stays', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1'); // takes the question and never answers
    const asked = once(server, 'request');
    await once(server, 'listening');
    const repository = await createGitRepository({ files: projectFiles });
    const env = {
      ANTHROPIC_API_KEY: 'a-key-that-is-never-used',
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    };
    let kill: (signal: NodeJS.Signals) => void = () => {};
    const running = runCli(['run', '--issue', '7', '--repo', repository.directory], {
      env,
      onOutput: (so) => {
        kill = so.kill;
      },
    });
    await asked;
    kill('SIGINT');
    const { exitCode } = await running;
    server.closeAllConnections();
    server.close();
    const { runtime } = await openRuntime(repository.directory);
    const types: string[] = [];
    for await (const event of runtime.store.read()) types.push(event.type);
    await runtime.close();
    await repository.remove();
    expect(exitCode).toBe(1);
    expect(types).toContain('CONTEXT.GATHERED.SUCCESS');
    expect(types.at(-1)).toBe('WORKFLOW.STEP_FAILED');
  });
});
