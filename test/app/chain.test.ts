import { describe, expect, test, vi } from 'vitest';
import { createDeadline } from '../../src/app/action/deadline.ts';
import { type Chain, chainNext, startRun } from '../../src/app/chain.ts';
import { withKnownDeaths } from '../../src/app/dead-runs.ts';
import { listBlockers } from '../../src/app/eligible.ts';
import type { StepReport } from '../../src/app/reports.ts';
import type { Runtime } from '../../src/app/runtime.ts';
import { TammaError } from '../../src/core/errors.ts';
import { createInitialState } from '../../src/core/state.ts';
import type { DispatchPort, WorkflowRun } from '../../src/ports/platform/ci.ts';

const chain: Chain = { workflow: '.github/workflows/tamma.yml', lineage: 4, limit: 100 };
const run: WorkflowRun = {
  id: '55',
  url: 'https://forge.example/runs/55',
  head: 'a'.repeat(40),
  status: 'pending',
};

/** The part of a runtime that starts runs; everything else would be noise here. */
function createStarter(dispatch: Partial<DispatchPort> | null) {
  const started: unknown[] = [];
  const port: DispatchPort = {
    start: (request) => {
      started.push(request);
      return Promise.resolve(run);
    },
    find: () => Promise.resolve(undefined),
    get: () => Promise.resolve(undefined),
    ...dispatch,
  };
  const host = {
    holder: { runId: '9.1', host: 'x', pid: 1, startedAt: '' },
    isAlive: () => 'unknown' as const,
  };
  const platform = dispatch ? { dispatch: port } : {};
  return { runtime: { platform, host, defaultBranch: 'trunk' } as unknown as Runtime, started };
}

function report(more: Partial<StepReport>): StepReport {
  return { issue: 7, progressed: false, step: 'DESIGN', state: createInitialState(), ...more } as StepReport;
}

describe('the next run', () => {
  test('is of the same workflow, on the default branch, and knows how many came before it', async () => {
    const { runtime, started } = createStarter({});
    const linked = await chainNext(runtime, chain, { report: report({ progressed: true }) });
    expect(linked).toMatchObject({ status: 'started', issue: 7 });
    expect(started).toEqual([{ workflow: 'tamma.yml', ref: 'trunk', inputs: { lineage: '5', issue: '7' } }]);
  });

  test('after a change that is delivered is a round over all issues, a chain of its own', async () => {
    const { runtime, started } = createStarter({});
    const state = { ...createInitialState(), status: 'done' as const };
    await chainNext(runtime, chain, { report: report({ state, step: 'DEPLOYMENT' }) });
    expect(started).toEqual([{ workflow: 'tamma.yml', ref: 'trunk', inputs: { lineage: '1' } }]);
  });

  test('is not started where the loop waits, is over without us, or has run in a row too long', async () => {
    const { runtime, started } = createStarter({});
    const done = { ...createInitialState(), status: 'done' as const };
    expect(await chainNext(runtime, chain, { report: report({}) })).toMatchObject({ isTrouble: false });
    expect(await chainNext(runtime, chain, { report: report({ state: done, step: null }) })).toMatchObject({
      status: 'ended',
    });
    expect(await startRun(runtime, { ...chain, lineage: 100 }, 7)).toMatchObject({ isTrouble: true });
    expect(started).toEqual([]);
  });

  test('goes on after a job whose time was up, and is no failure where it cannot be started', async () => {
    const refused = createStarter({
      start: () => Promise.reject(new TammaError('PLATFORM_REFUSED', 'Unexpected inputs provided: lineage')),
    });
    const linked = await chainNext(refused.runtime, chain, { report: report({}), goesOn: true });
    expect(linked).toMatchObject({
      isTrouble: true,
      because: expect.stringContaining('inputs `issue` and `lineage`'),
    });
    expect(await startRun(createStarter(null).runtime, chain, 7)).toMatchObject({ isTrouble: false });
  });
});

describe('a claim of a run', () => {
  const claim = {
    stepId: 'DESIGN' as const,
    run: 1,
    holder: { runId: '55.1', host: 'elsewhere', pid: 4, startedAt: 'x' },
    leaseUntil: '2099-01-01T00:00:00.000Z',
    position: 3,
    startedAt: '2026-11-20T10:00:00.000Z',
  };

  test.each([
    ['failed', 'dead'],
    ['pending', 'unknown'],
  ] as const)('that the platform knows as %s is %s', async (status, expected) => {
    const { runtime } = createStarter({ get: () => Promise.resolve({ ...run, status }) });
    const live = await withKnownDeaths(runtime, { ...createInitialState(), claim });
    expect(live.host.isAlive(claim.holder)).toBe(expected);
    expect(live.host.isAlive({ ...claim.holder, runId: '56.1' })).toBe('unknown');
  });

  test('is left to its lease where nobody can tell', async () => {
    const { runtime } = createStarter({ get: () => Promise.reject(new Error('no answer')) });
    expect(await withKnownDeaths(runtime, { ...createInitialState(), claim })).toBe(runtime);
    const person = { ...claim, holder: { ...claim.holder, runId: 'terminal' } };
    expect(await withKnownDeaths(runtime, { ...createInitialState(), claim: person })).toBe(runtime);
  });
});

describe('the end of a job', () => {
  test('comes early enough to save the work, and no step is begun shortly before it', () => {
    vi.useFakeTimers({ now: 0 });
    try {
      const deadline = createDeadline({ minutes: 60, now: () => new Date() });
      expect([deadline.signal.aborted, deadline.isNear()]).toEqual([false, false]);
      vi.advanceTimersByTime(46 * 60_000);
      expect([deadline.signal.aborted, deadline.isNear()]).toEqual([false, true]);
      vi.advanceTimersByTime(10 * 60_000);
      expect(deadline.signal.aborted).toBe(true);
      const other = createDeadline({ minutes: 10, now: () => new Date() });
      other.forget();
      vi.advanceTimersByTime(60 * 60_000);
      expect(other.signal.aborted).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what blocks an issue', () => {
  test.each([
    ['Blocked by #12', [12]],
    ['This is blocked by: #3, #4 and #5.', [3, 4, 5]],
    ['Depends on #8\n\nblocked by #9', [8, 9]],
    ['Blocks #12, see #13', []],
    ['blocked by #7', []],
    ['blocked by acme/shop#12', []],
  ])('%j: %j', (body, expected) => {
    expect(listBlockers({ body, number: 7 })).toEqual(expected);
  });
});
