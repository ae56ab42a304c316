import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  findPendingOutcome,
  removePendingOutcome,
  savePendingOutcome,
} from '../../src/app/pending-outcome.ts';
import { createSpool, findLeftBehind } from '../../src/app/spool.ts';
import type { StepOutcome } from '../../src/ports/step.ts';
import { createEventMaker } from '../support/new-events.ts';

const HOLDER = { runId: 'r', host: 'h', pid: 7, startedAt: 'boot-1' };
const make = createEventMaker();

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-spool-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const isDead = () => true;

describe('what a killed run leaves behind', () => {
  test('are the events it had on record, in order, until they are delivered', () => {
    const spool = createSpool(folder, 1, HOLDER);
    const events = [make.skip('1', 'one'), make.skip('1', 'two')];
    for (const event of events) spool.record(event);
    const [left] = findLeftBehind(folder, 1, isDead);
    expect(left?.events).toEqual(events);
    left?.remove();
    expect(findLeftBehind(folder, 1, isDead)).toEqual([]);
  });

  test('a line that was cut off by the kill is passed over', async () => {
    const spool = createSpool(folder, 1, HOLDER);
    const event = make.skip('1');
    spool.record(event);
    const [name = ''] = await readdir(join(folder, 'spool', '1'));
    await appendFile(join(folder, 'spool', '1', name), '{"id":"0199');
    expect(findLeftBehind(folder, 1, isDead).map(({ events }) => events)).toEqual([[event]]);
  });

  test('is nothing while the run lives, or where it recorded nothing, or for another issue', () => {
    const spool = createSpool(folder, 1, HOLDER);
    expect(findLeftBehind(folder, 1, isDead)).toEqual([]);
    spool.record(make.skip('1'));
    expect(findLeftBehind(folder, 1, () => false)).toEqual([]);
    expect(findLeftBehind(folder, 2, isDead)).toEqual([]);
    spool.remove();
    expect(findLeftBehind(folder, 1, isDead)).toEqual([]);
  });
});

describe('the outcome of a step that is not yet recorded', () => {
  const outcome = { status: 'completed', summary: 's', events: [], intents: [] } satisfies StepOutcome;

  test('is found again for exactly the state it was made on', () => {
    savePendingOutcome(folder, 1, { basis: 'a', outcome });
    expect(findPendingOutcome(folder, 1, 'a')).toEqual(outcome);
    expect(findPendingOutcome(folder, 1, 'b')).toBeUndefined();
    expect(findPendingOutcome(folder, 2, 'a')).toBeUndefined();
    removePendingOutcome(folder, 1);
    expect(findPendingOutcome(folder, 1, 'a')).toBeUndefined();
  });

  test('is made again where the file cannot be read', async () => {
    savePendingOutcome(folder, 1, { basis: 'a', outcome });
    await appendFile(join(folder, 'outcomes', '1.json'), 'x');
    expect(findPendingOutcome(folder, 1, 'a')).toBeUndefined();
  });
});
