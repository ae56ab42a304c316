import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { Decorate } from '../../../src/app/compose.ts';
import { fillEvents, TAMMA } from '../../../src/app/fill-events.ts';
import { createDraft, isOfType } from '../../../src/core/events/event.ts';
import { createHolder } from '../../../src/hosts/holder.ts';
import { createSystemClock } from '../../../src/hosts/system-clock.ts';
import { createGitBranchStore } from '../../../src/stores/git-branch/git-branch-store.ts';
import { runUntil } from '../../support/github-e2e/deliver.ts';
import { createGitHubHome, type GitHubHome } from '../../support/github-e2e/home.ts';
import { CONFIG } from '../../support/github-e2e/project.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

let home: GitHubHome;
afterEach(() => home.close());

const untilPlan = {
  config: `${CONFIG}approval: { design: required }\n`,
  inputs: { 'steps-per-run': 'until-wait' },
};

test('a job whose time is over saves its work, and another run goes on', async () => {
  const stalled: string[] = [];
  const provider: Decorate['provider'] = async (open) => {
    const real = await open();
    return {
      ...real,
      chat(request, options) {
        if (options?.label?.task !== 'design' || stalled.length > 0) return real.chat(request, options);
        stalled.push('design');
        return untilAborted(options.signal);
      },
    };
  };
  // The shipped limit of 55 minutes is six seconds here.
  home = await createGitHubHome({
    ...untilPlan,
    around: { secondMs: 20, minuteMs: 110, decorate: { provider } },
  });
  const issue = await home.open(1);
  await home.label(issue);
  await runUntil(home, issue, ({ wait }) => wait?.for === 'approval');
  expect(home.ownComments(issue)).toHaveLength(1);
  const log = await home.log(issue);
  const [cut] = log.filter(
    (event) => isOfType(event, 'WORKFLOW.STEP_FAILED') && event.data.stepId === 'DESIGN',
  );
  const again = log.find(
    ({ type, tags, position }) =>
      type === 'WORKFLOW.STEP_STARTED' &&
      tags.stepId === 'DESIGN' &&
      position > (cut?.position ?? Number.POSITIVE_INFINITY),
  );
  expect(cut).toMatchObject({ data: { code: 'INTERRUPTED' } });
  const next = home.repository.runs.find(({ id }) => `${id}.1` === again?.tags.runId);
  expect(next).toMatchObject({
    event: 'workflow_dispatch',
    actor: { user: { login: 'github-actions[bot]' } },
  });
  expect(home.worked().every(({ conclusion }) => conclusion === 'success')).toBe(true);
});

test('the claim of a run that GitHub says is over is taken up by the next round, long before its lease ends', async () => {
  home = await createGitHubHome(untilPlan);
  const issue = await home.open(1);
  await home.label(issue);
  await home.runUntilIdle();
  const { requestedApproval } = await home.state(issue);
  // A machine that is no more had claimed the next step when it was thrown away.
  const [over] = home.repository.runs;
  await claimElsewhere(home, issue, `${over?.id}.1`);
  expect((await home.state(issue)).claim?.holder.host).toBe('elsewhere');
  await home.schedule();
  const state = await home.state(issue);
  expect(state.claim).toBeNull();
  expect(state.wait).toMatchObject({ for: 'approval' });
  expect(state.requestedApproval?.digest).toBe(requestedApproval?.digest);
});

test('a run that is cancelled while the model works puts its step down at once', async () => {
  const silent = createServer(() => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const variables = { MODEL_URL: `http://127.0.0.1:${port}` };
  home = await createGitHubHome({ ...untilPlan, run: 'processes', runner: { variables } });
  try {
    const issue = await home.open(1);
    await home.label(issue);
    await once(silent, 'request');
    const [run] = home.repository.runs.filter(({ status }) => status === 'in_progress');
    await home.person('alice').ask('POST', `/actions/runs/${run?.id}/cancel`);
    const state = await runUntil(home, issue, ({ claim }) => claim === null);
    expect(state.cursor).toBe('RESEARCH');
    const failed = (await home.log(issue)).filter((event) => isOfType(event, 'WORKFLOW.STEP_FAILED'));
    expect(failed).toMatchObject([{ data: { stepId: 'RESEARCH', code: 'INTERRUPTED' } }]);
    expect(await home.verify()).toMatchObject({ ok: true });
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
});

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function claimElsewhere(
  { repository, state }: GitHubHome,
  issue: number,
  runId: string,
): Promise<void> {
  const clock = createSystemClock();
  const { cursor, correlationId } = await state(issue);
  const leaseUntil = new Date(clock.now().getTime() + 3_600_000).toISOString();
  const holder = { ...createHolder(runId), host: 'elsewhere', startedAt: 'some time ago' };
  const started = createDraft('WORKFLOW.STEP_STARTED', {
    stepId: cursor,
    run: 1,
    holder,
    leaseUntil,
    because: 'it was next',
    onPosition: 1,
  });
  const store = createGitBranchStore({ gitDirectory: repository.git.directory, clock });
  const tags = { issueId: String(issue), runId, stepId: cursor, mode: 'dev' };
  await store.append(
    fillEvents([started], { clock, actor: TAMMA, correlationId: correlationId ?? '', tags }),
  );
  await store.close();
}
