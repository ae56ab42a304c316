import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Check } from '../../src/ports/platform/ci.ts';
import type { Platform } from '../../src/ports/platform.ts';
import { PARSER } from '../support/demo/quoted-fields.ts';
import { QUICK_CONFIG, quickScript, writes } from '../support/e2e/quick-script.ts';
import { dataOf, readLog } from '../support/e2e/sample-facts.ts';
import { createSampleProject, type SampleProject } from '../support/e2e/sample-project.ts';
import { standingAt } from '../support/e2e/standing-at.ts';
import { walkToEnd } from '../support/e2e/walk.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let project: SampleProject;
const opened = standingAt(async () => {
  const origin = await createSampleProject({ config: QUICK_CONFIG });
  await walkToEnd(origin, { model: quickScript(), before: 'CI_CHECK' });
  return origin;
});
beforeEach(() => {
  project = opened();
});

/** Plain git with a CI beside it that says this of every head. */
const withCi = (...checks: Check[]) => ({
  platform: (platform: Platform): Platform => ({
    ...platform,
    ci: { checks: () => Promise.resolve(checks) },
  }),
});

const GREEN: Check = { name: 'lint', status: 'passed', url: 'https://ci.example/1' };

describe('the checks of a platform', () => {
  test('that are not done yet are waited for, and looked at again by the next run', async () => {
    const pending = withCi(GREEN, { name: 'test', status: 'pending' });
    expect(await walkToEnd(project, { decorate: pending })).toMatchObject({
      status: 'waiting',
      state: { wait: { for: 'ci' } },
    });
    expect(await walkToEnd(project, { decorate: pending })).toMatchObject({
      status: 'waiting',
      step: 'CI_CHECK',
    });
    expect(await walkToEnd(project, { decorate: withCi(GREEN), before: 'APPROVAL_GATE' })).toMatchObject({
      step: 'CI_CHECK',
      progressed: true,
    });
    const events = await readLog(project, 1);
    expect(dataOf(events, 'CI.STATUS_CHANGED').map(({ status }) => status)).toEqual([
      'pending',
      'pending',
      'passed',
    ]);
    expect(dataOf(events, 'GATE.PASSED').at(-1)).toMatchObject({ gateId: 'ci' });
  });

  test('that failed send the change back with the end of their logs', async () => {
    const red = withCi(GREEN, {
      name: 'test on Windows',
      status: 'failed',
      log: `${'x'.repeat(9000)}\nEBUSY: resource busy\u202e`,
    });
    await walkToEnd(project, { decorate: red, before: 'CODE_GENERATION' });
    const provider = createScriptedProvider({
      answers: quickScript({ repair: [writes({ 'src/parse.js': `${PARSER}// repaired\n` })] }),
    });
    const last = await walkToEnd(project, { model: provider, decorate: withCi(GREEN) });
    expect(last).toMatchObject({ status: 'done' });
    expect(dataOf(await readLog(project, 1), 'GATE.FAILED')).toMatchObject([
      {
        gateId: 'ci',
        attempt: 1,
        report: {
          findings: [{ rule: 'test on Windows', message: expect.stringMatching(/EBUSY: resource busy$/) }],
        },
      },
    ]);
    expect(JSON.stringify(provider.calls[0]?.request.messages)).toContain('EBUSY');
  });

  test('that three repairs did not turn green call a person', async () => {
    let round = 0;
    const red = () => ({ name: 'test', status: 'failed' as const, log: `failure ${'abcdef'[round++]}` });
    const platform = (plain: Platform): Platform => ({
      ...plain,
      ci: { checks: () => Promise.resolve([red()]) },
    });
    const repairs = [1, 2, 3].map((n) => writes({ 'src/parse.js': `${PARSER}// ${n}\n` }));
    const last = await walkToEnd(project, {
      model: quickScript({ repair: repairs, review: [1, 2, 3].flatMap(() => quickScript().review) }),
      decorate: { platform },
    });
    expect(last).toMatchObject({ status: 'escalated' });
    expect(last.state.escalation).toMatchObject({ gateId: 'ci', reason: 'attempts-exhausted' });
  });

  test('are none where nothing is configured to run', async () => {
    expect(await walkToEnd(project, { decorate: withCi(), before: 'APPROVAL_GATE' })).toMatchObject({
      progressed: true,
    });
    expect(dataOf(await readLog(project, 1), 'CI.STATUS_CHANGED')).toMatchObject([
      { status: 'none', checks: [] },
    ]);
  });
});

describe('a deployment that is configured on a platform that has none', () => {
  test('is passed over, and the log says why', async () => {
    await project.commit('Deploy it', {
      '.tamma/config.yml': `${QUICK_CONFIG}deploy: { workflow: release.yml }\n`,
    });
    expect(await walkToEnd(project, {})).toMatchObject({ status: 'done' });
    expect(dataOf(await readLog(project, 1), 'WORKFLOW.STEP_SKIPPED').at(-1)).toMatchObject({
      stepId: 'DEPLOYMENT',
      reason: expect.stringContaining('deploy.workflow is release.yml, but plain-git'),
    });
  });
});
