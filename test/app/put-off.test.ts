import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPutOff } from '../../src/app/put-off.ts';
import { readState } from '../../src/app/read-state.ts';
import { runStep } from '../../src/app/run-step.ts';
import type { Runtime } from '../../src/app/runtime.ts';
import { TammaError } from '../../src/core/errors.ts';
import { githubFaults } from '../forge/faults.ts';
import { composeOnForge } from '../support/compose-on-forge.ts';
import { createGitHubFixture, type GitHubFixture } from '../support/github-platform.ts';

const NOON = new Date('2026-11-20T12:00:00.000Z');

describe('an error the platform answers with', () => {
  it.each([
    ['PLATFORM_RATE_LIMITED', 600_000, '2026-11-20T12:10:00.000Z'],
    ['PLATFORM_RATE_LIMITED', undefined, '2026-11-20T12:01:00.000Z'],
    ['PLATFORM_PENDING', 300_000, '2026-11-20T12:05:00.000Z'],
    ['PLATFORM_PENDING', 0, '2026-11-20T12:01:00.000Z'],
    ['PLATFORM_RATE_LIMITED', 30 * 86_400_000, '2026-11-20T14:00:00.000Z'],
  ] as const)('%s after %s ms puts the step off', (code, retryAfterMs, until) => {
    const error = new TammaError(code, 'later', retryAfterMs === undefined ? {} : { retryAfterMs });
    expect(findPutOff(error, NOON)).toEqual({ until });
  });

  it('of another kind does not', () => {
    const error = new TammaError('PLATFORM_UNREACHABLE', 'gone', { retryAfterMs: 600_000 });
    expect(findPutOff(error, NOON)).toBeUndefined();
  });
});

describe('a limit of GitHub that lasts', () => {
  let fixture: GitHubFixture;
  let runtime: Runtime;
  let time = Date.parse('2026-11-20T10:00:00.000Z');
  beforeAll(async () => {
    fixture = await createGitHubFixture();
    const { options, local } = fixture;
    await local.git(['remote', 'add', 'origin', options.gitUrl]);
    runtime = await composeOnForge(fixture, {
      host: { isAlive: () => 'dead' },
      clock: {
        now: () => {
          time += 1000;
          return new Date(time);
        },
        newId: options.clock.newId,
      },
      secondMs: 40,
    });
  });
  afterAll(async () => {
    await runtime.close();
    await fixture.remove();
  });

  it('parks the step in the log until it is over, and is no failure of the step', async () => {
    const issue = await fixture.openIssue({ title: 'Busy hour', labels: ['tamma'] });
    const { faults } = fixture.forge;
    faults.add({ method: 'POST', path: /labels/, times: 20, effect: githubFaults.secondaryLimit(600) });
    await runtime.platform.actors.self();
    fixture.takeRequests();
    const parked = await runStep(runtime, { issue });
    expect(parked).toMatchObject({ status: 'waiting', progressed: false, error: null });
    expect(parked.summary).toMatch(/secondary rate limit/);
    const { wait, stepErrors, putOff } = parked.state;
    expect(wait).toMatchObject({ stepId: 'ISSUE_ASSIGNMENT', for: 'platform', command: null });
    expect(Date.parse(wait?.until ?? '') - Date.parse(wait?.since ?? '')).toBeGreaterThan(590_000);
    expect({ stepErrors, since: putOff?.since }).toEqual({ stepErrors: null, since: wait?.since });
    expect(fixture.takeRequests().filter((request) => request.startsWith('POST'))).toHaveLength(1);

    faults.clear();
    expect(await runStep(runtime, { issue })).toMatchObject({ status: 'waiting', step: null });
    expect(fixture.takeRequests()).toEqual([]);
    time += 600_000;
    expect(await runStep(runtime, { issue })).toMatchObject({ status: 'done', step: 'ISSUE_ASSIGNMENT' });
    expect(await readState(runtime.store, issue)).toMatchObject({ wait: null, putOff: null });
  });

  it('parks it also where it hits before the step was claimed', async () => {
    const issue = await fixture.openIssue({ title: 'Busier hour', labels: ['tamma'] });
    fixture.forge.faults.add({ times: 20, effect: githubFaults.tooMany(1800) });
    const parked = await runStep(runtime, { issue });
    fixture.forge.faults.clear();
    expect(parked).toMatchObject({ status: 'waiting', state: { wait: { for: 'platform' }, claim: null } });
    time += 1_800_000;
    expect(await runStep(runtime, { issue })).toMatchObject({ status: 'done', step: 'ISSUE_ASSIGNMENT' });
  });
});
