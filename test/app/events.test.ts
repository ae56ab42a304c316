import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EventFilter, getEvent, selectEvents } from '../../src/app/events.ts';
import type { Runtime } from '../../src/app/runtime.ts';
import { readAllStatus, readStatus } from '../../src/app/status.ts';
import type { TestRepository } from '../support/git-repository.ts';
import { createRecordedRepository, openRuntime } from '../support/recorded-repository.ts';
import { createPullLog } from '../support/sample-loop.ts';

const log = createPullLog();
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

async function select(filter: EventFilter): Promise<number[]> {
  const positions: number[] = [];
  for await (const event of selectEvents(runtime.store, filter)) positions.push(event.position);
  return positions;
}

function positionsOf(fits: (event: (typeof log.events)[number]) => boolean): number[] {
  return log.events.filter(fits).map(({ position }) => position);
}

describe('events', () => {
  test('come in the order of the log, all of them without a filter', async () => {
    expect(await select({})).toEqual(positionsOf(() => true));
  });

  test('are selected by type, issue and tags', async () => {
    expect(await select({ types: ['GATE.FAILED', 'GATE.PASSED'] })).toEqual(
      positionsOf(({ type }) => type.startsWith('GATE.')),
    );
    expect(await select({ issue: 7, types: ['GATE.PASSED'] })).toHaveLength(1);
    expect(await select({ issue: 8 })).toEqual([]);
    expect(await select({ tags: { issueId: '7' } })).toHaveLength(log.events.length);
  });

  test('are selected by time, both ends included', async () => {
    const [since = '', until = ''] = [log.events[3]?.timestamp, log.events[5]?.timestamp];
    expect(await select({ since, until })).toEqual([4, 5, 6]);
  });

  test('with a limit are the newest ones', async () => {
    expect(await select({ limit: 2 })).toEqual([log.events.length - 1, log.events.length]);
    expect(await select({ types: ['WORKFLOW.WAITING'], limit: 1 })).toEqual(
      positionsOf(({ type }) => type === 'WORKFLOW.WAITING').slice(-1),
    );
  });

  test('are found by position and by id', async () => {
    const fifth = log.events[4];
    expect(await getEvent(runtime.store, '5')).toMatchObject({ id: fifth?.id });
    expect(await getEvent(runtime.store, fifth?.id ?? '')).toMatchObject({ position: 5 });
    await expect(getEvent(runtime.store, '999')).rejects.toMatchObject({ code: 'USAGE' });
    await expect(getEvent(runtime.store, 'nonsense')).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('the status', () => {
  test('of one issue is its state and what a run would do now', async () => {
    expect(await readStatus(runtime, 7)).toMatchObject({
      issue: 7,
      state: { status: 'active', pull: { number: 12 } },
      next: { kind: 'run', stepId: 'SECURITY_SCAN' },
    });
  });

  test('of all issues has each one the log knows', async () => {
    expect((await readAllStatus(runtime)).map(({ issue }) => issue)).toEqual([7]);
  });

  test('of an issue that nobody knows is an error', async () => {
    await expect(readStatus(runtime, 99)).rejects.toMatchObject({ code: 'ISSUE_NOT_FOUND' });
  });
});
