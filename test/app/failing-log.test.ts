import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { giveCommand } from '../../src/app/commands.ts';
import { orchestrate } from '../../src/app/orchestrate.ts';
import { runLoop } from '../../src/app/run-loop.ts';
import { TammaError } from '../../src/core/errors.ts';
import type { EventStore } from '../../src/ports/event-store.ts';
import { type OpenOptions, withSample } from '../support/e2e/open-sample.ts';
import { createOtherHost, GONE } from '../support/e2e/other-host.ts';
import { QUICK_CONFIG, quickScript } from '../support/e2e/quick-script.ts';
import { dataOf, readLog, verifyLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { standingAt } from '../support/e2e/standing-at.ts';
import { walk, walkToEnd } from '../support/e2e/walk.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const atContext = standingAt(async () => {
  const project = await createSampleProject({ config: `${QUICK_CONFIG}select: { maxActive: 2 }\n` });
  await walkToEnd(project, { model: quickScript(), before: 'CONTEXT_GATHERING' });
  return project;
});

/** A log that takes so many appends and then none; `appends` says how often it was asked. */
function failingAfter(taken: number) {
  const asked = { appends: 0 };
  const store = (inner: EventStore): EventStore => ({
    ...inner,
    append(events, condition) {
      asked.appends += 1;
      if (asked.appends <= taken) return inner.append(events, condition);
      return Promise.reject(new TammaError('LOG_UNREACHABLE', 'the log is away'));
    },
  });
  const options: OpenOptions = { host: createOtherHost(GONE), model: quickScript(), decorate: { store } };
  return { asked, options };
}

const journalOf = ({ directory }: SampleProject) => join(directory, '.git', 'tamma', 'journal');

describe('a log that takes the claim of a step and not what became of it', () => {
  test('stops the loop after three attempts with what happened kept, and the next run goes on from there', async () => {
    const { asked, options } = failingAfter(1);
    const before = (await readLog(atContext(), 1)).length;
    const reports = await withSample(atContext(), options, (runtime) => runLoop(runtime, { issue: 1 }));
    expect(reports.map(({ step, status, error }) => [step, status, error?.code, error?.exitCode])).toEqual([
      ['CONTEXT_GATHERING', 'failed', 'LOG_UNREACHABLE', 1],
    ]);
    expect(reports[0]?.error?.message).toMatch(/after 3 attempts its events \(\d+\) are kept in .*journal/);
    expect(asked.appends).toBe(4);
    expect(readdirSync(journalOf(atContext()))).toHaveLength(1);
    expect(await readLog(atContext(), 1)).toHaveLength(before + 1);

    const [next] = await walk(atContext(), { model: quickScript(), before: 'AMBIGUITY_CHECK' });
    expect(next).toMatchObject({ step: 'RESEARCH', status: 'done' });
    const events = await readLog(atContext(), 1);
    const started = dataOf(events, 'WORKFLOW.STEP_STARTED');
    expect(started.filter(({ stepId }) => stepId === 'CONTEXT_GATHERING')).toHaveLength(1);
    expect(dataOf(events, 'CONTEXT.GATHERED.SUCCESS')).toHaveLength(1);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(readdirSync(journalOf(atContext()))).toEqual([]);
    expect(await verifyLog(atContext())).toMatchObject({ ok: true });
  });

  test('stops a round: no other issue is begun whose work would go unrecorded', async () => {
    const { asked, options } = failingAfter(1);
    const round = await withSample(atContext(), options, (runtime) => orchestrate(runtime));
    expect(round.picked.map(({ issue, report }) => [issue, report?.error?.code])).toEqual([
      [1, 'LOG_UNREACHABLE'],
    ]);
    expect(asked.appends).toBe(4);
  });

  test('keeps no second journal that says otherwise, also where the run is asked to stop meanwhile', async () => {
    const { options } = failingAfter(1);
    const stop = new AbortController();
    const append = options.decorate?.store;
    const store = (inner: EventStore): EventStore => {
      const failing = append?.(inner) ?? inner;
      let appends = 0;
      return {
        ...failing,
        append(events, condition) {
          appends += 1;
          if (appends > 1) stop.abort();
          return failing.append(events, condition);
        },
      };
    };
    const all = { ...options, decorate: { store }, signal: stop.signal };
    const [report] = await withSample(atContext(), all, (runtime) => runLoop(runtime, { issue: 1 }));
    expect(report?.error?.code).toBe('LOG_UNREACHABLE');
    expect(readdirSync(journalOf(atContext()))).toHaveLength(1);
  });
});

test('a claim that the log does not take is not kept: nothing was begun', async () => {
  const { asked, options } = failingAfter(0);
  const run = withSample(atContext(), options, (runtime) => runLoop(runtime, { issue: 1 }));
  await expect(run).rejects.toMatchObject({ code: 'LOG_UNREACHABLE', message: 'the log is away' });
  expect(asked.appends).toBe(3);
  expect(existsSync(journalOf(atContext()))).toBe(false);
});

test('a command that the log does not take is carried out by whoever comes next', async () => {
  const { options } = failingAfter(0);
  const say = (more: OpenOptions, command: string) =>
    withSample(atContext(), more, (runtime) => giveCommand(runtime, { issue: 1, command, argument: '' }));
  await expect(say(options, 'stop')).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' });
  expect(readdirSync(journalOf(atContext()))).toHaveLength(1);
  expect(await say({}, 'stop')).toMatchObject({ accepted: false });
  expect(dataOf(await readLog(atContext(), 1), 'WORKFLOW.CANCELLED')).toHaveLength(1);
});
