import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitText } from '../../../src/lib/git.ts';
import type { SampleProject } from './sample-project.ts';

/** Runs the sample's own tests on a fresh checkout of `main`, without Tamma having a say in it. */
export async function runProjectTests({ home }: SampleProject): Promise<{ exitCode: number; tests: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'tamma-sample-tests-'));
  try {
    await gitText(['clone', '--quiet', '--branch=main', home, directory]);
    const child = spawn(process.execPath, ['--test', '--test-reporter=tap'], {
      cwd: directory,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const [exitCode] = (await once(child, 'close')) as [number];
    return { exitCode, tests: Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? -1) };
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
