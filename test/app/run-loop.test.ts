import { describe, expect, test, vi } from 'vitest';
import type { CommandReport } from '../../src/app/reports.ts';
import { type PersonSays, runLoop } from '../../src/app/run-loop.ts';
import { badFiles } from '../support/demo/bad-files.ts';
import { withSample } from '../support/e2e/open-sample.ts';
import { QUICK_CONFIG } from '../support/e2e/quick-script.ts';
import { readLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject } from '../support/e2e/sample-project.ts';
import { standingAt } from '../support/e2e/standing-at.ts';
import { walkToEnd } from '../support/e2e/walk.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe('a loop with somebody to ask', () => {
  const asked = standingAt(async () => {
    const project = await createSampleProject({ config: QUICK_CONFIG });
    await walkToEnd(project, { model: badFiles, issue: 3 });
    return project;
  });

  test('asks again until the answer is taken, and then goes on', async () => {
    const says: (PersonSays | null)[] = [
      { command: 'answer', argument: 'q1=1' },
      { command: 'answer', argument: 'q1=1 q2=1' },
      { command: 'stop', argument: 'that will do' },
    ];
    const commands: CommandReport[] = [];
    const reports = await withSample(asked(), { model: { ...badFiles, design: [] } }, (runtime) =>
      runLoop(runtime, {
        issue: 3,
        ask: () => Promise.resolve(says.shift() ?? null),
        onCommand: (report) => commands.push(report),
      }),
    );
    expect(commands.map(({ command, accepted }) => [command, accepted])).toEqual([
      ['answer', false],
      ['answer', true],
    ]);
    expect(reports.map(({ step, status }) => [step, status])).toEqual([
      [null, 'waiting'],
      ['DESIGN', 'failed'],
    ]);
  });

  test('ends where a person says stop', async () => {
    const reports = await withSample(asked(), {}, (runtime) =>
      runLoop(runtime, { issue: 3, ask: () => Promise.resolve({ command: 'stop', argument: '' }) }),
    );
    expect(reports).toHaveLength(1);
    expect((await readLog(asked(), 3)).at(-1)?.type).toBe('WORKFLOW.CANCELLED');
  });

  test('is left waiting where the person says nothing', async () => {
    const reports = await withSample(asked(), {}, (runtime) =>
      runLoop(runtime, { issue: 3, ask: () => Promise.resolve(null) }),
    );
    expect(reports.map(({ status }) => status)).toEqual(['waiting']);
  });

  test('takes no step once it was told to end', async () => {
    const signal = AbortSignal.abort();
    expect(await withSample(asked(), { signal }, (runtime) => runLoop(runtime, { issue: 2 }))).toEqual([]);
  });
});
