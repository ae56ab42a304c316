import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeBuild } from '../../src/gates/build.ts';
import type { CommandResult } from '../../src/ports/sandbox.ts';
import { createGateContext } from '../support/gate-context.ts';
import { createWorkbench, type Workbench } from '../support/workbench.ts';

const compile = `#!/bin/sh
if grep -q wrong src/a.ts; then echo "src/a.ts(1,5): error TS2322: $(cat src/a.ts)"; exit 2; fi
`;

let bench: Workbench;
beforeAll(async () => {
  bench = await createWorkbench({
    'src/a.ts': 'right\n',
    'compile.sh': compile,
    'lint.sh': 'echo lint s3cr3t >&2; exit 1\n',
  });
});
afterAll(() => bench.remove());

const failedInstall: CommandResult = {
  exitCode: 1,
  output: 'npm error 404 s3cr3t',
  truncated: false,
  timedOut: false,
  durationMs: 9,
};

describe('the build gate', () => {
  it('passes where build and lint end with exit code 0', async () => {
    const context = await createGateContext(bench, { commands: { build: 'sh compile.sh', lint: 'true' } });
    expect(await judgeBuild(context)).toMatchObject({
      gateId: 'build',
      passed: true,
      summary: 'exit code 0 from `sh compile.sh`, `true`',
      notes: [],
    });
  });

  it('fails with the places that the compiler names', async () => {
    await bench.git.commit('Break it', { 'src/a.ts': 'wrong s3cr3t\n' });
    const context = await createGateContext(bench, {
      commands: { build: 'sh compile.sh', lint: 'false' },
      redact: (text) => text.replaceAll('s3cr3t', '***'),
    });
    const verdict = await judgeBuild(context);
    expect(verdict).toMatchObject({ passed: false, summary: '`sh compile.sh` failed (exit code 2)' });
    expect(verdict.report.findings).toEqual([
      { severity: 'major', path: 'src/a.ts', line: 1, message: 'TS2322: wrong ***' },
    ]);
    expect(verdict.report.output).toBe('src/a.ts(1,5): error TS2322: wrong ***');
    expect((await judgeBuild(context)).findingsDigest).toBe(verdict.findingsDigest);
    await bench.git.commit('Mend it', { 'src/a.ts': 'right\n' });
  });

  it('fails where the linter does, and says how it ended', async () => {
    const context = await createGateContext(bench, {
      commands: { build: 'sh compile.sh', lint: 'sh lint.sh' },
    });
    expect(await judgeBuild(context)).toMatchObject({
      passed: false,
      summary: '`sh lint.sh` failed (exit code 1)',
      report: { output: 'lint s3cr3t', findings: [] },
    });
  });

  it('fails where the dependencies could not be installed, and builds nothing then', async () => {
    const context = await createGateContext(bench, {
      commands: { install: 'npm ci', build: 'sh compile.sh' },
    });
    const verdict = await judgeBuild({ ...context, install: failedInstall });
    expect(verdict).toMatchObject({ passed: false, summary: '`npm ci` failed (exit code 1)', durationMs: 9 });
    expect(await judgeBuild({ ...context, install: { ...failedInstall, exitCode: 0 } })).toMatchObject({
      passed: true,
      summary: 'exit code 0 from `npm ci`, `sh compile.sh`',
    });
  });

  it('says so where a command is not there, cannot be started or does not end', async () => {
    const missing = await createGateContext(bench, { commands: { build: 'no-such-program' } });
    expect((await judgeBuild(missing)).summary).toBe('`no-such-program` was not found (exit code 127)');
    const notStarted = await createGateContext(bench, { commands: { build: './compile.sh' } });
    expect((await judgeBuild(notStarted)).summary).toBe(
      '`./compile.sh` could not be started (exit code 126)',
    );
    const endless = await createGateContext(bench, {
      commands: { build: 'sleep 60' },
      config: { limits: { commandTimeoutSeconds: 1 } },
    });
    expect((await judgeBuild(endless)).summary).toBe('`sleep 60` did not end within the time limit');
  });

  it('passes with a note where there is nothing to build', async () => {
    expect(await judgeBuild(await createGateContext(bench))).toMatchObject({
      passed: true,
      summary: 'nothing to build',
      notes: ['nothing was built: the project has no build command'],
    });
  });
});
