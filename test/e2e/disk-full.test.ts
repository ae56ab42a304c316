import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runStep } from '../../src/app/run-step.ts';
import { callCli } from '../support/call-cli.ts';
import { withSample } from '../support/e2e/open-sample.ts';
import { createOtherHost, GONE } from '../support/e2e/other-host.ts';
import { QUICK_CONFIG, quickScript } from '../support/e2e/quick-script.ts';
import { dataOf, readLog, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { walkToEnd } from '../support/e2e/walk.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const run = promisify(execFile);
const disk = await mkdtemp(join(tmpdir(), 'tamma-small-'));
// A small disk of our own needs the right to mount one: root, and no container that forbids it.
const isMounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]).then(
  () => true,
  () => false,
);
if (!isMounted) await rm(disk, { recursive: true, force: true });

describe.runIf(isMounted)('a disk that is full', () => {
  let project: SampleProject;
  beforeAll(async () => {
    project = await createSampleProject({ config: QUICK_CONFIG, within: disk });
    await walkToEnd(project, { model: quickScript(), before: 'CONTEXT_GATHERING' });
  });
  afterAll(async () => {
    await run('umount', ['-l', disk]);
    await rm(disk, { recursive: true, force: true });
  });
  const fill = () => writeFile(join(disk, 'filler'), Buffer.alloc(8_000_000)).catch(() => undefined);
  const free = () => rm(join(disk, 'filler'));

  test('before a step keeps it from starting, and says what to do', async () => {
    await fill();
    const { exitCode, stderr } = await callCli(['step', '--issue', '1', '--repo', project.directory]);
    await free();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/→ Free some space, then repeat the command/);
    expect(await verifyLog(project)).toMatchObject({ ok: true, events: 5 });
  });

  test('at the end of a step leaves the log as it was, and the next run does the step again', async () => {
    await withSample(project, { host: createOtherHost(GONE) }, async (runtime) => {
      let appends = 0;
      const append: typeof runtime.store.append = async (events, condition) => {
        appends += 1;
        if (appends === 2) await fill();
        return runtime.store.append(events, condition);
      };
      const report = await runStep({ ...runtime, store: { ...runtime.store, append } }, { issue: 1 });
      expect(report).toMatchObject({ status: 'failed', error: { code: 'LOG_DISK_FULL', exitCode: 1 } });
    });
    await free();
    expect(await verifyLog(project)).toMatchObject({ ok: true, events: 6 });

    expect(await walkToEnd(project, { model: quickScript() })).toMatchObject({ status: 'done' });
    const started = dataOf(await readLog(project, 1), 'WORKFLOW.STEP_STARTED');
    expect(started.filter(({ stepId }) => stepId === 'CONTEXT_GATHERING')).toHaveLength(2);
    expect(await verifyLog(project)).toMatchObject({ ok: true });
  });
});

describe.runIf(!isMounted)('a disk that is full', () => {
  test('was not tried: this machine does not let us mount a small one', () => {
    expect(isMounted).toBe(false);
  });
});
