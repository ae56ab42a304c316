import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replay } from '../../src/app/replay.ts';
import type { Runtime } from '../../src/app/runtime.ts';
import { createEventLog } from '../support/event-log.ts';
import type { TestRepository } from '../support/git-repository.ts';
import { createRecordedRepository, openRuntime } from '../support/recorded-repository.ts';
import { begin, end } from '../support/sample-loop.ts';
import { simulate } from '../support/simulated-loop.ts';

/** Three failures at the tests gate, decided by the real `decide`, and then something a person wrote into the log. */
function createLog() {
  const { log, state, decision } = simulate((stepId) =>
    stepId === 'TEST_VALIDATION' ? 'gate-fails' : 'ends',
  );
  if (decision.kind !== 'escalate') throw new Error('the loop should have escalated');
  log.add('ESCALATION.TRIGGERED', {
    reason: decision.reason,
    stepId: decision.stepId,
    gateId: 'tests',
    summary: decision.because,
    reports: state.failures.map(({ attempt, report }) => ({ attempt, report })),
    commands: ['tamma retry --issue 7'],
  });
  return log;
}

const log = createLog();
const escalated = log.events.length;
let repository: TestRepository;
let runtime: Runtime;

beforeAll(async () => {
  repository = await createRecordedRepository(log);
  ({ runtime } = await openRuntime(repository.directory));
});

afterAll(async () => {
  await runtime.close();
  await repository.remove();
});

function at(type: string, nth = 0): number {
  return log.events.filter((event) => event.type === type)[nth]?.position ?? 0;
}

describe('a replay from the log alone', () => {
  test('decides every step again, and the same', async () => {
    const { decisions, state } = await replay(runtime, { issue: 7 });
    expect(decisions.length).toBe(
      log.events.filter(({ type }) => type === 'WORKFLOW.STEP_STARTED').length + 1,
    );
    expect(decisions.filter(({ agrees }) => !agrees)).toEqual([]);
    expect(state).toMatchObject({ status: 'escalated', position: escalated });
  });

  test('names the events a decision rested on: those without which it would have been another', async () => {
    const { decisions } = await replay(runtime, { issue: 7 });
    const build = decisions.find(({ key }) => key === 'run BUILD_VALIDATION (run 1)');
    expect(build?.restedOn.map(({ type }) => type)).toEqual(['WORKFLOW.STEP_COMPLETED']);
    const escalation = decisions.at(-1);
    expect(escalation?.key).toBe('escalate TEST_VALIDATION (attempts-exhausted)');
    const failures = [0, 1, 2].map((nth) => at('GATE.FAILED', nth));
    expect(escalation?.restedOn.map(({ position }) => position)).toEqual(failures);
  });

  test('shows the state at a position, and at a time', async () => {
    const position = at('GATE.FAILED');
    const time = log.events.find((event) => event.position === position)?.timestamp ?? '';
    const byPosition = await replay(runtime, { issue: 7, at: String(position) });
    const byTime = await replay(runtime, { issue: 7, at: time });
    expect(byPosition.state).toMatchObject({ position, status: 'active', failedAttempts: { tests: 1 } });
    expect(byTime.state).toEqual(byPosition.state);
    expect((await replay(runtime, { issue: 7, at: '2020-01-01' })).state.position).toBe(0);
  });

  test('tells what differs between two moments', async () => {
    const diff = `${at('GATE.FAILED')}..${at('GATE.FAILED', 1)}`;
    const { difference } = await replay(runtime, { issue: 7, diff });
    expect(difference?.changes).toContainEqual({ path: 'failedAttempts.tests', before: 1, after: 2 });
  });

  test.each([
    [{ issue: 7, at: 'yesterday' }, 'USAGE'],
    [{ issue: 7, diff: '12' }, 'USAGE'],
    [{ issue: 7, diff: '1..2..3' }, 'USAGE'],
    [{ issue: 8 }, 'ISSUE_NOT_FOUND'],
  ])('of %j is refused', async (options, code) => {
    await expect(replay(runtime, options)).rejects.toMatchObject({ code });
  });
});

test('a log that another version decided is told to be decided differently', async () => {
  const other = createEventLog(7);
  begin(other, 'ISSUE_ASSIGNMENT', 1, 'nothing is known of this issue yet: begin');
  end(other, 'ISSUE_ASSIGNMENT', 'assigned');
  begin(other, 'MERGE', 1, 'it was in a hurry');
  const elsewhere = await createRecordedRepository(other);
  const opened = await openRuntime(elsewhere.directory);
  const { decisions } = await replay(opened.runtime, { issue: 7 });
  await opened.runtime.close();
  await elsewhere.remove();
  expect(decisions.map(({ agrees }) => agrees)).toEqual([true, false]);
  expect(decisions[1]?.again.key).toBe('run CONTEXT_GATHERING (run 1)');
});
