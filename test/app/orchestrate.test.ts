import { describe, expect, test, vi } from 'vitest';
import { orchestrate, pickNext } from '../../src/app/orchestrate.ts';
import { createSystemClock } from '../../src/hosts/system-clock.ts';
import { badFiles } from '../support/demo/bad-files.ts';
import { type OpenOptions, withSample } from '../support/e2e/open-sample.ts';
import { QUICK_CONFIG, quickScript } from '../support/e2e/quick-script.ts';
import { readLog, readLoopState } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { standingAt } from '../support/e2e/standing-at.ts';
import { walkToEnd } from '../support/e2e/walk.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const TWO = `${QUICK_CONFIG}select: { maxActive: 2 }\n`;

const round = (project: SampleProject, options: OpenOptions & { dryRun?: boolean } = {}) =>
  withSample(project, options, (runtime) => orchestrate(runtime, { dryRun: options.dryRun ?? false }));
const next = (project: SampleProject) => withSample(project, {}, pickNext);

describe('orchestrating a fresh project', () => {
  const fresh = standingAt(() => createSampleProject({ config: TWO }));

  test('picks the open issues by priority, as many as may be active, with one step each', async () => {
    const report = await round(fresh());
    expect(report.picked.map(({ issue, because }) => [issue, because])).toEqual([
      [1, 'first of the queue'],
      [2, 'first of the queue'],
    ]);
    expect(report.picked.map(({ report: step }) => step?.step)).toEqual([
      'ISSUE_ASSIGNMENT',
      'ISSUE_ASSIGNMENT',
    ]);
    expect(report.queue).toEqual([3]);

    const second = await round(fresh());
    expect(second.picked.map(({ issue, report: step }) => [issue, step?.step])).toEqual([
      [1, 'CONTEXT_GATHERING'],
      [2, 'CONTEXT_GATHERING'],
    ]);
  });

  test('as a dry run says what it would pick, and writes nothing', async () => {
    const before = await fresh().git('for-each-ref');
    const report = await round(fresh(), { dryRun: true });
    expect(report.picked).toMatchObject([
      { issue: 1, report: null },
      { issue: 2, report: null },
    ]);
    expect(await fresh().git('for-each-ref')).toBe(before);
  });

  test('passes over what is closed, excluded or not labelled', async () => {
    const read = (issue: number) => fresh().read('main', `.tamma/issues/${issue}.md`);
    await fresh().commit('Sort the issues', {
      '.tamma/issues/1.md': (await read(1)).replace('state: open', 'state: closed'),
      '.tamma/issues/2.md': (await read(2)).replace('[tamma, enhancement]', '[tamma, blocked]'),
      '.tamma/issues/3.md': (await read(3)).replace('[tamma, enhancement]', '[enhancement]'),
    });
    expect(await round(fresh())).toMatchObject({ picked: [], waiting: [], queue: [] });
    expect(await next(fresh())).toBeNull();
  });

  test('takes the issue without a priority last, and of equals the oldest', async () => {
    const text = await fresh().read('main', '.tamma/issues/1.md');
    await fresh().commit('Forget the priority', { '.tamma/issues/1.md': text.replace('priority: 1\n', '') });
    expect(await next(fresh())).toBe(2);
  });

  test('takes no more steps in one round than the configuration allows', async () => {
    await fresh().commit('One at a time', {
      '.tamma/config.yml': TWO.replace('maxActive: 2', 'maxActive: 2, maxIterations: 1'),
    });
    expect((await round(fresh())).picked.map(({ issue }) => issue)).toEqual([1]);
  });
});

describe('orchestrating loops that are under way', () => {
  const underWay = standingAt(async () => {
    const project = await createSampleProject({ config: TWO });
    await walkToEnd(project, { model: badFiles, issue: 3 });
    await walkToEnd(project, { model: quickScript(), issue: 1, before: 'RESEARCH' });
    return project;
  });

  test('lists what waits for people with the command that answers, and goes on with the others', async () => {
    const report = await round(underWay(), { model: quickScript() });
    expect(report.waiting).toEqual([
      { issue: 3, for: 'answers', command: expect.stringContaining('tamma answer') },
    ]);
    expect(report.picked.map(({ issue, report: step }) => [issue, step?.step])).toEqual([[1, 'RESEARCH']]);
    expect(report.queue).toEqual([2]);
    expect(await next(underWay())).toBe(1);
  });

  test('an issue that cannot have its step does not keep the others from theirs', async () => {
    await underWay().commit('More at once', { '.tamma/config.yml': QUICK_CONFIG });
    const report = await round(underWay());
    expect(report.picked.map(({ issue, report: step }) => [issue, step?.status, step?.error?.code])).toEqual([
      [1, 'failed', 'KEY_MISSING'],
      [2, 'done', undefined],
    ]);
    expect(await readLoopState(underWay(), 1)).toMatchObject({ cursor: 'RESEARCH', stepErrors: null });
  });

  test('a log that cannot be written stops all of them', async () => {
    const append = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    const fails = withSample(underWay(), { model: quickScript() }, (runtime) =>
      orchestrate({ ...runtime, store: { ...runtime.store, append } }),
    );
    await expect(fails).rejects.toMatchObject({ code: 'LOG_DISK_FULL' });
  });

  test('who waited too long for an approval is told, though no step runs', async () => {
    const project = await createSampleProject({
      config: `mode: business\n${QUICK_CONFIG.replace(/approval: .*\n/, '')}`,
    });
    await walkToEnd(project, { model: quickScript() });
    const clock = createSystemClock();
    const late = { ...clock, now: () => new Date(clock.now().getTime() + 8 * 86_400_000) };
    const report = await round(project, { clock: late });
    expect(report.picked[0]).toMatchObject({ issue: 1, report: { status: 'escalated' } });
    const events = await readLog(project, 1);
    expect(events.at(-1)).toMatchObject({
      type: 'ESCALATION.TRIGGERED',
      data: { reason: 'approval-expired' },
    });
    await project.remove();
  });
});
