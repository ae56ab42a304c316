import { describe, expect, test } from 'vitest';
import { createProjections } from '../../src/app/projections.ts';
import { GENESIS, linkEvents } from '../../src/core/events/chain.ts';
import type { LoggedEvent } from '../../src/core/events/event.ts';
import { toLine } from '../../src/core/events/line.ts';
import { issuesProjection } from '../../src/core/projections/issues.ts';
import { sealState } from '../../src/core/projections/seal.ts';
import type { EventStore, Snapshot } from '../../src/ports/event-store.ts';
import { createMemoryLog, createMemoryStore, type MemoryLog } from '../../src/stores/memory.ts';
import { countStore } from '../support/counted-store.ts';
import { createManyIssues, saveSnapshots } from '../support/many-issues.ts';
import { createEventMaker, createNewEvent } from '../support/new-events.ts';

const make = createEventMaker();

const toLines = (events: readonly LoggedEvent[]) => events.map(toLine);
const small = createManyIssues(150);

function open(log: MemoryLog) {
  const lost: string[] = [];
  const { store, counts } = countStore(createMemoryStore(log));
  const projections = createProjections({ store, onLost: (reason) => lost.push(reason) });
  return { store, counts, projections, lost };
}

/** A log of which there are snapshots. */
async function createKnownLog(events: readonly LoggedEvent[] = small): Promise<MemoryLog> {
  const log = createMemoryLog(toLines(events));
  await saveSnapshots(createMemoryStore(log), events);
  return log;
}

async function readAnswers(log: MemoryLog): Promise<string> {
  const { projections } = open(log);
  const { costs, refusals, starts, sources } = await projections.activity();
  const maps = [costs, refusals, starts, sources].map((values) => [...values]);
  return JSON.stringify([await projections.issues(), ...maps]);
}

const foldedAnew = readAnswers(createMemoryLog(toLines(small)));

describe('questions about a whole log', () => {
  test('cost a snapshot and what is new, of ten thousand issues too', async () => {
    const log = await createKnownLog(createManyIssues(10_000));
    const { store, counts, projections } = open(log);
    await store.append([make.skip('7'), make.cancel('10001')]);
    expect(await projections.issues()).toHaveLength(10_001);
    expect(counts).toMatchObject({ loads: 2, heads: 1, reads: 1, events: 2, saves: 0 });
    await store.append([make.skip('8')]);
    await projections.issues({ asSeen: true });
    await projections.activity({ asSeen: true });
    expect(counts).toMatchObject({ loads: 2, reads: 2, events: 3 });
  });

  test('about what happens across issues do not load what is known of each', async () => {
    const { counts, projections } = open(await createKnownLog());
    await projections.activity();
    expect(counts).toMatchObject({ loads: 1, events: 0 });
  });

  test('read a log without snapshots once for all of them, and leave snapshots behind', async () => {
    const large = createManyIssues(2500);
    const log = createMemoryLog(toLines(large));
    const { counts, projections } = open(log);
    await Promise.all([projections.activity(), projections.issues(), projections.activity()]);
    expect(counts).toMatchObject({ events: large.length, saves: 2 });
    expect([...log.snapshots.keys()].sort()).toEqual(['activity', 'issues']);
  });

  test('take a new snapshot once there is enough that is new', async () => {
    const log = await createKnownLog();
    const { store, counts, projections } = open(log);
    for (let batch = 0; batch < 10; batch += 1)
      await store.append(Array.from({ length: 100 }, () => make.skip('1')));
    await projections.issues();
    expect(counts.saves).toBe(1);
    expect(log.snapshots.get('activity')?.position).toBe(small.length + 1000);
    expect(log.snapshots.get('issues')?.position).toBe(small.length);
  });

  test('are answered all the same where snapshots cannot be kept or had, and say so', async () => {
    const large = createManyIssues(500);
    const { store, lost } = open(createMemoryLog(toLines(large)));
    const broken = () => Promise.reject(new Error('permission denied'));
    const without: EventStore = { ...store, snapshots: { load: broken, save: broken, remove: broken } };
    const projections = createProjections({ store: without, onLost: (reason) => lost.push(reason) });
    expect(await projections.issues()).toHaveLength(500);
    expect(lost).toEqual(['permission denied']);
  });
});

describe('a snapshot that is', () => {
  const change = (log: MemoryLog, to: (snapshot: Snapshot) => Snapshot | undefined) => {
    for (const [name, snapshot] of log.snapshots) {
      const changed = to(snapshot);
      if (changed) log.snapshots.set(name, changed);
      else log.snapshots.delete(name);
    }
  };
  const text = ({ state }: Snapshot) => (state as { text: string }).text;

  test.each<[string, (snapshot: Snapshot) => Snapshot | undefined]>([
    ['deleted', () => undefined],
    ['of other code', (snapshot) => ({ ...snapshot, version: 'another' })],
    ['of another projection', (snapshot) => ({ ...snapshot, projection: 'another' })],
    ['cut off', (one) => ({ ...one, state: { ...(one.state as object), text: text(one).slice(0, -9) } })],
    [
      'changed by a digit',
      (one) => ({ ...one, state: { ...(one.state as object), text: text(one).replace('2', '3') } }),
    ],
    ['moved to another position', (snapshot) => ({ ...snapshot, position: snapshot.position - 1 })],
    ['without a state', (snapshot) => ({ ...snapshot, state: null })],
    ['ahead of the log', (snapshot) => ({ ...snapshot, position: 1_000_000 })],
  ])('%s changes no answer', async (_, to) => {
    const log = await createKnownLog();
    change(log, to);
    expect(await readAnswers(log)).toBe(await foldedAnew);
  });

  test('whole, but of a log with another history, changes no answer', async () => {
    const foreign = await createKnownLog(createManyIssues(150));
    for (const until of [small.length, small.length + 2]) {
      const log = createMemoryLog(toLines(small));
      if (until > small.length) await createMemoryStore(log).append([make.skip('1'), make.skip('2')]);
      const answers = await readAnswers(createMemoryLog(log.lines));
      for (const [name, snapshot] of foreign.snapshots) log.snapshots.set(name, snapshot);
      expect(await readAnswers(log)).toBe(answers);
    }
  });

  test('sealed by somebody who wrote nonsense changes no answer', async () => {
    const log = await createKnownLog();
    const known = log.snapshots.get('issues');
    if (!known) throw new Error('there is one');
    const nonsense = { ...issuesProjection, toJson: () => ({ issues: 'none' }) };
    log.snapshots.set('issues', sealState(nonsense, new Map(), known));
    expect(await readAnswers(log)).toBe(await foldedAnew);
  });
});

describe('a log that is damaged', () => {
  const long = toLines(createManyIssues(5001));

  test('after a snapshot is told as damage, not folded around', async () => {
    const log = await createKnownLog();
    await createMemoryStore(log).append([make.skip('1'), make.skip('2')]);
    const last = log.lines.length - 1;
    log.lines[last] = (log.lines[last] ?? '').replace('because', 'becau5e');
    await expect(open(log).projections.issues()).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  });

  test.each([
    ['of which a line leads nowhere', (line: string) => line.replace(/"prevHash":"..../, '"prevHash":"0000')],
    [
      'of which an event lost its data',
      (line: string) => line.replace(/"data":\{.*?\},"hash"/, '"data":{},"hash"'),
    ],
  ])('and so long that it is not checked, %s, is told as damage', async (_, damage) => {
    const log = createMemoryLog([...long]);
    log.lines[5001] = damage(log.lines[5001] ?? '');
    const problem = { code: 'LOG_CORRUPT', message: expect.stringContaining('position 5002') };
    await expect(open(log).projections.issues()).rejects.toMatchObject(problem);
  });
});

test('of an issue that was done and went on all the same its own events are asked', async () => {
  const done = {
    issue: 1,
    mergeSha: 'a'.repeat(40),
    costUsd: 0,
    steps: 15,
    summary: 's',
  };
  const events = [
    make.skip('1'),
    createNewEvent(make.clock, 'WORKFLOW.COMPLETED', done, { issueId: '1' }),
    make.cancel('1'),
  ];
  const { projections, counts } = open(createMemoryLog(toLines(linkEvents(events, GENESIS))));
  expect(await projections.issues()).toMatchObject([{ issue: 1, state: { status: 'stopped' } }]);
  expect(counts.events).toBe(6);
});
