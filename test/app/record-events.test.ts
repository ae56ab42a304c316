import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Delivery, deliverFile, deliverPending, listPending } from '../../src/app/deliver-pending.ts';
import { listJournals, readJournal } from '../../src/app/journal.ts';
import {
  isUnrecorded,
  journalFolders,
  type Recorder,
  recordBatches,
  recordEvents,
} from '../../src/app/record-events.ts';
import { createSpool } from '../../src/app/spool.ts';
import { TammaError, toTammaError } from '../../src/core/errors.ts';
import type { NewEvent } from '../../src/core/events/event.ts';
import type { EventStore } from '../../src/ports/event-store.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { createEventMaker, createNewEvent, readAll } from '../support/new-events.ts';

const make = createEventMaker();
const away = (retryAfterMs?: number) =>
  new TammaError('LOG_UNREACHABLE', 'the log is away, token s3cret', {
    ...(retryAfterMs ? { retryAfterMs } : {}),
  });
const call = () =>
  createNewEvent(
    make.clock,
    'AI.REQUEST.FAILED',
    { requestId: 'r', task: 't', turn: 1, code: 'X', message: 'm', tries: 1, costUsd: 1 },
    { issueId: '1' },
  );
const started = () =>
  createNewEvent(
    make.clock,
    'WORKFLOW.STEP_STARTED',
    {
      ...{ stepId: 'RESEARCH', run: 1, because: 'b', onPosition: 0, leaseUntil: '2026-11-20T09:00:00.000Z' },
      holder: { runId: 'r', host: 'h', pid: 1, startedAt: 's' },
    },
    { issueId: '1' },
  );
const ofIssue = { items: [{ tags: { issueId: '1' } }] };

let folder: string;
let store: EventStore;
let waits: number[];
let notes: string[];
let recorder: Recorder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-record-'));
  store = createMemoryStore();
  waits = [];
  notes = [];
  recorder = {
    store,
    repository: { stateDirectory: folder } as Recorder['repository'],
    environment: {},
    clock: make.clock,
    redactor: { redact: (text) => text.replaceAll('s3cret', '***'), finds: () => false },
    wait: (milliseconds) => Promise.resolve(void waits.push(milliseconds)),
    host: {
      kind: 'terminal',
      holder: { runId: 'r', host: 'h', pid: 1, startedAt: 's' },
      isAlive: () => 'dead',
      report: (progress) => void (progress.kind === 'note' && notes.push(progress.text)),
    },
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The recorder on a log that refuses the first so many appends. */
function failing(times: number, toError: () => Error = away): Recorder & { appends(): number } {
  let appends = 0;
  const append: EventStore['append'] = (events, condition) => {
    appends += 1;
    return appends <= times ? Promise.reject(toError()) : store.append(events, condition);
  };
  return { ...recorder, store: { ...store, append }, appends: () => appends };
}

async function fail(
  events: readonly NewEvent[],
  condition?: Parameters<typeof recordEvents>[2],
): Promise<TammaError> {
  const log = failing(Number.POSITIVE_INFINITY);
  return toTammaError(await recordEvents(log, events, condition).catch((error: unknown) => error));
}

const idsOf = async () => (await readAll(store)).map(({ id }) => id);

describe('recording', () => {
  test('tries three times, with a wait in between, and says so', async () => {
    const log = failing(2);
    expect(await recordEvents(log, [make.skip('1')])).toMatchObject({ status: 'appended', firstPosition: 1 });
    expect(log.appends()).toBe(3);
    expect(waits).toHaveLength(2);
    expect(notes[0]).toBe('attempt 1 to append to the log failed: the log is away, token ***');
    expect(listJournals(journalFolders(recorder))).toEqual([]);
  });

  test('waits as long as the log asks for, but not for ever', async () => {
    await recordEvents(
      failing(1, () => away(5_000)),
      [make.skip('1')],
    );
    await recordEvents(
      failing(1, () => away(3_600_000)),
      [make.skip('1')],
    );
    expect(waits).toEqual([5_000, 30_000]);
  });

  test('keeps the events after three failed attempts, and throws what stops the loop', async () => {
    await store.append([make.skip('2')]);
    const events = [call(), make.skip('1')];
    const condition = { failIfEventsMatch: ofIssue, after: 0 };
    const error = await fail(events, condition);
    expect(error).toMatchObject({ code: 'LOG_UNREACHABLE', exitCode: 1 });
    expect(error.message).toMatch(
      /^the log is away, token \*\*\*; after 3 attempts its events \(2\) are kept in .*\.ndjson$/,
    );
    expect(error.help).toContain('tamma events append-pending');
    expect(isUnrecorded(error)).toBe(true);
    const [journal] = listPending(recorder);
    expect(journal).toMatchObject({
      events,
      condition,
      seen: { position: 1 },
      why: 'the log is away, token ***',
    });
    expect(error.details.journal).toBe(journal?.file);
  });

  test('asks a log only once that refuses for good, and keeps the events all the same', async () => {
    for (const code of ['LOG_REFUSED', 'LOG_CORRUPT'] as const) {
      const log = failing(9, () => new TammaError(code, 'no'));
      await expect(recordEvents(log, [make.skip('1')])).rejects.toMatchObject({ code });
      expect(log.appends()).toBe(1);
    }
    expect(listPending(recorder)).toHaveLength(2);
  });

  test('keeps nothing of what was only about to be done', async () => {
    const error = await fail([started()]);
    expect(error).toMatchObject({ code: 'LOG_UNREACHABLE', message: 'the log is away, token s3cret' });
    expect(listPending(recorder)).toEqual([]);
  });

  test('keeps nothing of an event that is our own mistake', async () => {
    const wrong = { ...make.skip('1'), data: {} } as unknown as NewEvent;
    await expect(recordEvents(recorder, [wrong])).rejects.toMatchObject({ code: 'EVENT_INVALID' });
    expect(listPending(recorder)).toEqual([]);
  });

  test('answers a conflict as the log does: that is no failure', async () => {
    await store.append([make.skip('1')]);
    const condition = { failIfEventsMatch: ofIssue, after: 0 };
    expect(await recordEvents(recorder, [make.skip('1')], condition)).toEqual({
      status: 'conflict',
      position: 1,
    });
  });

  test('keeps all of several batches where one of them fails', async () => {
    const events = Array.from({ length: 130 }, () => make.skip('1'));
    let appends = 0;
    const append: EventStore['append'] = (batch, condition) => {
      appends += 1;
      return appends === 1
        ? store.append(batch, condition)
        : Promise.reject(new TammaError('LOG_REFUSED', 'no'));
    };
    await expect(recordBatches({ ...recorder, store: { ...store, append } }, events)).rejects.toThrow('no');
    expect(await idsOf()).toHaveLength(30);
    await deliverPending(recorder);
    expect(await idsOf()).toEqual(events.map(({ id }) => id));
  });

  test('says it where not even this machine takes the events', async () => {
    writeFileSync(join(folder, 'journal'), 'in the way');
    const error = await fail([make.skip('1')]);
    expect(error.message).toContain('its events (1) could not even be kept on this machine');
    expect(error.help).toContain('The next run does the step again');
    expect(isUnrecorded(error)).toBe(true);
  });

  test('in a job of GitHub keeps a second copy where the workflow makes an artifact of it', () => {
    const environment = { GITHUB_ACTIONS: 'true', RUNNER_TEMP: '/runner' };
    expect(journalFolders({ ...recorder, environment })).toEqual([
      join(folder, 'journal'),
      '/runner/tamma-journal',
    ]);
    expect(journalFolders({ ...recorder, environment: { RUNNER_TEMP: '/runner' } })).toHaveLength(1);
  });
});

describe('delivering what was kept', () => {
  test('puts each event into the log once, and again changes nothing', async () => {
    const events = [call(), make.skip('1')];
    await fail(events, { failIfEventsMatch: ofIssue, after: 0 });
    expect(await deliverPending(recorder)).toMatchObject([{ status: 'delivered', events: 2, recorded: 2 }]);
    expect(await idsOf()).toEqual(events.map(({ id }) => id));
    expect(listPending(recorder)).toEqual([]);
    expect(await deliverPending(recorder)).toEqual([]);
    expect(notes.at(-1)).toBe('in the log now: 2 events that an earlier run could not record');
  });

  test('says that it is what failed, so that nobody takes a new command for recorded', async () => {
    await fail([make.skip('1')]);
    await expect(deliverPending(failing(9))).rejects.toMatchObject({
      message: expect.stringMatching(/^Nothing new was begun: .* the log is away/),
    });
    expect(listPending(recorder)).toHaveLength(1);
  });

  test('records nothing twice where the answer was lost and the log had taken them', async () => {
    const events = [make.skip('1')];
    const condition = { failIfEventsMatch: ofIssue, after: 0 };
    await store.append(events, condition);
    await fail(events, condition);
    await store.append([make.skip('1')]);
    expect(await deliverPending(recorder)).toMatchObject([{ status: 'delivered' }]);
    expect(await idsOf()).toHaveLength(2);
  });

  test('by two runs at once records each event once', async () => {
    const events = [make.skip('1'), make.skip('2')];
    await fail(events);
    await Promise.all([deliverPending(recorder), deliverPending(recorder)]);
    expect(await idsOf()).toEqual(events.map(({ id }) => id));
  });

  test('keeps the order in which it happened', async () => {
    const [first, second] = [make.skip('1'), make.skip('2')];
    await fail([first]);
    await fail([second]);
    await deliverPending(recorder);
    expect(await idsOf()).toEqual([first.id, second.id]);
  });

  test('records only what was paid for where another run has gone on, and leaves the rest to people', async () => {
    const paid = call();
    await fail([paid, make.skip('1')], { failIfEventsMatch: ofIssue, after: 0 });
    const newer = make.skip('1');
    await store.append([newer]);
    const [delivery] = await deliverPending(recorder);
    expect(delivery).toMatchObject({ status: 'overtaken', events: 2, recorded: 1 });
    expect(await idsOf()).toEqual([newer.id, paid.id]);
    expect(existsSync(join(folder, 'journal', 'overtaken'))).toBe(true);
    expect(await deliverPending(recorder)).toEqual([]);
  });

  test('leaves everything where it is while the log stays away', async () => {
    await fail([make.skip('1')]);
    await expect(deliverPending(failing(9))).rejects.toMatchObject({ code: 'LOG_UNREACHABLE' });
    expect(listPending(recorder)).toHaveLength(1);
  });

  test('refuses what rests on another log', async () => {
    await store.append([make.skip('1')]);
    await fail([make.skip('1')]);
    const other = createMemoryStore();
    await other.append([make.skip('3')]);
    await expect(deliverPending({ ...recorder, store: other })).rejects.toMatchObject({
      code: 'JOURNAL_FOREIGN',
    });
    expect((await other.head()).position).toBe(1);
    expect(listPending(recorder)).toHaveLength(1);
  });

  test('takes a file from another machine, and leaves the file', async () => {
    const event = make.skip('1');
    await fail([event]);
    const [file = ''] = listJournals(journalFolders(recorder));
    const delivered: Delivery[] = [await deliverFile(recorder, file), await deliverFile(recorder, file)];
    expect(delivered.map(({ status }) => status)).toEqual(['delivered', 'delivered']);
    expect(await idsOf()).toEqual([event.id]);
    expect(readJournal(file).events).toHaveLength(1);
  });

  test('brings the calls of runs that were killed, of all issues, and not those of a run that lives', async () => {
    const { holder } = recorder.host;
    const events = [call(), call()];
    events.forEach((event, index) => {
      createSpool(folder, index + 1, holder).record(event);
    });
    const alive = { ...recorder, host: { ...recorder.host, isAlive: () => 'alive' as const } };
    expect(await deliverPending(alive)).toEqual([]);
    expect(await deliverPending(recorder)).toHaveLength(2);
    expect((await idsOf()).sort()).toEqual(events.map(({ id }) => id as string).sort());
  });
});
