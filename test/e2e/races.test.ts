import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runStep } from '../../src/app/run-step.ts';
import { createSystemClock } from '../../src/hosts/system-clock.ts';
import type { Provider } from '../../src/ports/provider.ts';
import { withSample } from '../support/e2e/open-sample.ts';
import { createOtherHost, GONE } from '../support/e2e/other-host.ts';
import { runProjectTests } from '../support/e2e/project-tests.ts';
import { markdownScript, QUICK_CONFIG, quickScript } from '../support/e2e/quick-script.ts';
import { runSteps, startSteps } from '../support/e2e/run-steps.ts';
import { dataOf, readLog, readLoopState, readMergeFacts, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { say, walkToEnd } from '../support/e2e/walk.ts';
import { runCli } from '../support/run-cli.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let project: SampleProject;
beforeEach(async () => {
  project = await createSampleProject({ config: QUICK_CONFIG });
});
afterEach(() => project.remove());

const refsOf = () => project.git('for-each-ref');
const tamma = (...args: string[]) => runCli(args, { cwd: project.directory });

function createGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** A model that waits before it answers one task, until it is let go. */
function createSlowModel(task: string) {
  const gates = { asked: createGate(), go: createGate() };
  const provider = createScriptedProvider({ answers: quickScript() });
  const slow: Provider = {
    ...provider,
    async chat(request, options) {
      if (options?.label?.task === task) {
        gates.asked.open();
        await gates.go.opened;
      }
      return provider.chat(request, options);
    },
  };
  return { model: slow, asked: gates.asked.opened, letGo: gates.go.open };
}

describe('two runs of one issue', () => {
  test('one works, the other says who holds the claim, ends with exit code 0, and has changed nothing', async () => {
    await walkToEnd(project, { model: quickScript(), before: 'RESEARCH' });
    const order = { directory: project.directory, issue: 1, steps: 'one', pauseAt: 'research' } as const;
    const { child, ended } = startSteps(order);
    if (child.stdout) await once(child.stdout, 'data');
    const before = await refsOf();

    const second = await tamma('step', '--issue', '1', '--json');
    expect(second.exitCode).toBe(0);
    const said = JSON.parse(second.stdout) as Record<string, unknown>;
    expect(said).toMatchObject({ status: 'idle', step: null, decision: 'held' });
    expect(said.because).toMatch(new RegExp(`run \\S+ on \\S+ \\(process ${child.pid}\\) holds RESEARCH`));
    expect(await refsOf()).toBe(before);

    child.stdin?.write('go on\n');
    expect(await ended).toMatchObject({ exitCode: 0, lines: [{ step: 'RESEARCH', status: 'done' }] });
  });

  test('started at the same moment do every step once', async () => {
    const order = { directory: project.directory, issue: 1, steps: 'one' } as const;
    const runs = await Promise.all(Array.from({ length: 4 }, () => runSteps(order)));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    const worked = runs.flatMap(({ lines }) => lines).filter(({ step }) => step !== null);
    const started = dataOf(await readLog(project, 1), 'WORKFLOW.STEP_STARTED');
    expect(started.map(({ stepId }) => stepId).sort()).toEqual(worked.map(({ step }) => step).sort());
    expect(started.every(({ run }) => run === 1)).toBe(true);
    expect(await verifyLog(project)).toMatchObject({ ok: true });
  });

  test('a stop that a person gives while a step works holds when the step ends', async () => {
    const { model, asked, letGo } = createSlowModel('research');
    await walkToEnd(project, { model: quickScript(), before: 'RESEARCH' });
    await withSample(project, { model }, async (runtime) => {
      const running = runStep(runtime, { issue: 1 });
      await asked;
      expect(await say(project, 'stop')).toMatchObject({ accepted: true });
      letGo();
      expect(await running).toMatchObject({ progressed: false, state: { status: 'stopped' } });
    });
    expect(await walkToEnd(project, { model: quickScript() })).toMatchObject({ status: 'idle', step: null });
  });

  test('a stop that a person gives while code is written keeps it from being published; what it cost is on record', async () => {
    const { model, asked, letGo } = createSlowModel('refactor');
    await walkToEnd(project, { model: quickScript(), before: 'CODE_GENERATION' });
    const before = dataOf(await readLog(project, 1), 'AI.RESPONSE.RECEIVED').length;
    await withSample(project, { model }, async (runtime) => {
      const running = runStep(runtime, { issue: 1 });
      await asked;
      await say(project, 'stop');
      letGo();
      expect(await running).toMatchObject({ progressed: false, step: null, state: { status: 'stopped' } });
    });
    expect(await project.git('for-each-ref', 'refs/heads/tamma')).toBe('');
    expect(dataOf(await readLog(project, 1), 'AI.RESPONSE.RECEIVED')).toHaveLength(before + 3);
    // The work is not lost: whoever says resume gets it without paying for it again.
    await say(project, 'resume');
    const silent = quickScript({ tests: [], implement: [], refactor: [] });
    const report = await withSample(project, { model: silent }, (runtime) => runStep(runtime, { issue: 1 }));
    expect(report).toMatchObject({ status: 'done', step: 'CODE_GENERATION' });
  });
});

describe('a claim', () => {
  test('of a process that is gone is taken over at once on the same machine', async () => {
    await withSample(project, { host: createOtherHost(GONE) }, (runtime) => claimAndLeave(runtime));
    const report = await withSample(project, {}, (runtime) => runStep(runtime, { issue: 1 }));
    expect(report).toMatchObject({ status: 'done', step: 'ISSUE_ASSIGNMENT', progressed: true });
    expect(report.decision.because).toContain('is gone');
  });

  test('of another machine holds until its lease is over, and not for ever', async () => {
    await withSample(project, { host: createOtherHost({ host: 'elsewhere-1' }) }, (runtime) =>
      claimAndLeave(runtime),
    );
    const at = (minutes: number) => {
      const clock = createSystemClock();
      return { clock: { ...clock, now: () => new Date(clock.now().getTime() + minutes * 60_000) } };
    };
    const held = await withSample(project, at(55), (runtime) => runStep(runtime, { issue: 1 }));
    expect(held).toMatchObject({ status: 'idle', step: null, decision: { kind: 'held' } });
    expect(held.summary).toContain('elsewhere-1');
    const taken = await withSample(project, at(62), (runtime) => runStep(runtime, { issue: 1 }));
    expect(taken).toMatchObject({ status: 'done', step: 'ISSUE_ASSIGNMENT', progressed: true });
  });

  test('that was taken over lets its old holder record nothing', async () => {
    await walkToEnd(project, { model: quickScript(), before: 'RESEARCH' });
    const { model, asked, letGo } = createSlowModel('research');
    await withSample(project, { model, host: createOtherHost(GONE) }, async (runtime) => {
      const zombie = runStep(runtime, { issue: 1 });
      await asked;
      expect(await walkToEnd(project, { model: quickScript(), before: 'AMBIGUITY_CHECK' })).toMatchObject({
        step: 'RESEARCH',
      });
      const before = await readLog(project, 1);
      letGo();
      expect(await zombie).toMatchObject({ progressed: false, step: null });
      expect(await readLog(project, 1)).toEqual(before);
    });
  });

  test('that was taken over lets its old holder publish nothing', async () => {
    await walkToEnd(project, { model: quickScript(), before: 'CODE_GENERATION' });
    const { model, asked, letGo } = createSlowModel('refactor');
    await withSample(project, { model, host: createOtherHost(GONE) }, async (runtime) => {
      const zombie = runStep(runtime, { issue: 1 });
      await asked;
      expect(await walkToEnd(project, { model: quickScript(), before: 'BUILD_VALIDATION' })).toMatchObject({
        status: 'done',
      });
      const before = await refsOf();
      letGo();
      expect(await zombie).toMatchObject({ progressed: false });
      expect(await refsOf()).toBe(before);
    });
    const next = await walkToEnd(project, { model: quickScript(), before: 'SECURITY_SCAN' });
    expect(next).toMatchObject({ step: 'TEST_VALIDATION', progressed: true });
  });
});

/** Begins a step and is cut off before it can say how it ended. */
async function claimAndLeave(runtime: Parameters<typeof runStep>[0]): Promise<void> {
  const cut = { ...runtime, store: { ...runtime.store, append: claimOnly(runtime.store.append) } };
  await runStep(cut, { issue: 1 }).catch(() => {});
  // One that is cut off has no time to keep what it could not record.
  rmSync(join(runtime.repository.stateDirectory, 'journal'), { recursive: true, force: true });
}

function claimOnly(append: Parameters<typeof runStep>[0]['store']['append']): typeof append {
  let calls = 0;
  return (events, condition) => {
    calls += 1;
    return calls === 1 ? append(events, condition) : Promise.reject(new Error('cut off'));
  };
}

describe('two issues at once', () => {
  const both = (where: SampleProject, more = {}) =>
    Promise.all([
      walkToEnd(where, { model: quickScript(), issue: 1, ...more }),
      walkToEnd(where, { model: markdownScript(), issue: 2, ...more }),
    ]);

  async function expectBothMerged(where: SampleProject): Promise<void> {
    for (const issue of [1, 2]) {
      const facts = await readMergeFacts(where, issue);
      expect(facts).toMatchObject({ pullDocuments: 1, closingComments: 1, branches: [] });
      expect(facts.issueFile).toMatch(/^state: closed$/m);
      expect(await readLoopState(where, issue)).toMatchObject({
        status: 'done',
        deaths: 0,
        stepErrors: null,
      });
      expect(dataOf(await readLog(where, issue), 'WORKFLOW.STEP_STARTED')).toHaveLength(15);
    }
    expect(await runProjectTests(where)).toEqual({ exitCode: 0, tests: 10 });
    expect(await verifyLog(where)).toMatchObject({ ok: true });
  }

  test('do not disturb each other on one checkout', async () => {
    expect(await both(project)).toMatchObject([{ status: 'done' }, { status: 'done' }]);
    await expectBothMerged(project);
    expect(await project.git('status', '--porcelain')).toBe('');
  });

  test('do not disturb each other as processes of their own on one remote', async () => {
    const served = await createSampleProject({ config: QUICK_CONFIG, remote: { token: 'let-me-in-please' } });
    const env = { TAMMA_GIT_TOKEN: 'let-me-in-please' };
    const runs = await Promise.all(
      [1, 2].map((issue) => runSteps({ directory: served.directory, issue, steps: 'all' }, env)),
    );
    expect(runs).toMatchObject([
      { exitCode: 0, stderr: '' },
      { exitCode: 0, stderr: '' },
    ]);
    await expectBothMerged(served);
    await served.remove();
  });
});
