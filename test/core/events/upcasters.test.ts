import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { eventTypes, schemaVersions } from '../../../src/core/events/catalogue.ts';
import { GENESIS } from '../../../src/core/events/chain.ts';
import { type LoggedEvent, parseLoggedEvent } from '../../../src/core/events/event.ts';
import { readLine, toLine } from '../../../src/core/events/line.ts';
import { findSchema, type Upcasters, upcast, upcasters } from '../../../src/core/events/upcasters.ts';
import { listDecisions } from '../../../src/core/replay/decisions.ts';
import { foldEvents } from '../../../src/core/state.ts';
import { createEventLog } from '../../support/event-log.ts';

const recorded = join(import.meta.dirname, 'recorded-logs');

/** Logs that released versions of Tamma wrote, and what those versions themselves made of them. */
const versions = readdirSync(recorded).filter((name) => /^[0-9a-f]{7,}$/.test(name));
const logs = versions.flatMap((version) =>
  readdirSync(join(recorded, version))
    .filter((name) => name.endsWith('.gz'))
    .map((name) => ({
      name: `${name.replace('.ndjson.gz', '')} by ${version}`,
      file: join(recorded, version, name),
    })),
);

function readLog(file: string): LoggedEvent[] {
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  let previous = GENESIS;
  return lines.map((line) => {
    const event = readLine(line, file, { position: previous.position + 1, previous });
    expect(toLine(event)).toBe(line);
    previous = event;
    return event;
  });
}

type Then = { state: object; decisions: { position: number; key: string; because: string }[] };
const readThen = (file: string): Then =>
  JSON.parse(readFileSync(file.replace('.ndjson.gz', '.json'), 'utf8'));

describe.each(logs)('the log of $name', ({ file }) => {
  const events = readLog(file);
  const then = readThen(file);

  test('folds to the state that version folded', () => {
    expect(foldEvents(events)).toMatchObject(then.state);
  });

  test('is decided as that version decided', () => {
    const decisions = listDecisions(events, { maxAttempts: 3 });
    expect(decisions.map(({ position, key, because }) => ({ position, key, because }))).toEqual(
      then.decisions,
    );
    expect(decisions.filter(({ agrees }) => !agrees)).toEqual([]);
  });
});

test('every version that is no longer written has its schema and its way to the next one', () => {
  for (const type of eventTypes) {
    const current = schemaVersions[type] ?? 1;
    const older = Object.keys(upcasters[type] ?? {}).map(Number);
    expect(older).toEqual(Array.from({ length: current - 1 }, (_, index) => index + 1));
  }
});

describe('an event of an older version', () => {
  /** As if PLUGIN.EXECUTED had once counted seconds, and before that had had no outcome. */
  const table: Upcasters = {
    'PLUGIN.EXECUTED': {
      1: {
        schema: z.strictObject({ pluginName: z.string(), method: z.string(), seconds: z.int() }),
        up: (data) => ({ ...data, outcome: 'unknown' }),
      },
      2: {
        schema: z.strictObject({
          pluginName: z.string(),
          method: z.string(),
          outcome: z.string(),
          seconds: z.int(),
        }),
        up: ({ seconds, ...rest }) => ({ ...rest, durationMs: Number(seconds) * 1000 }),
      },
    },
  };
  const versions = { 'PLUGIN.EXECUTED': 3 };
  const [sample] = createEventLog().add('PLUGIN.EXECUTED', {
    pluginName: 'p',
    method: 'm',
    outcome: 'ok',
    durationMs: 1,
  }).events as [LoggedEvent];
  const ofVersion = (schemaVersion: number, data: LoggedEvent['data']) =>
    ({ ...sample, metadata: { ...sample.metadata, schemaVersion }, data }) as LoggedEvent;

  test('is read as the current one says it, version by version', () => {
    const first = ofVersion(1, { pluginName: 'p', method: 'm', seconds: 2 });
    expect(upcast(first, table, versions)).toMatchObject({
      position: first.position,
      hash: first.hash,
      metadata: { schemaVersion: 3 },
      data: { pluginName: 'p', method: 'm', outcome: 'unknown', durationMs: 2000 },
    });
    const second = ofVersion(2, { pluginName: 'p', method: 'm', outcome: 'ok', seconds: 1 });
    expect(upcast(second, table, versions).data).toMatchObject({ outcome: 'ok', durationMs: 1000 });
  });

  test('stays in the log as it was written', () => {
    const first = ofVersion(1, { pluginName: 'p', method: 'm', seconds: 2 });
    const line = toLine(first);
    upcast(first, table, versions);
    expect(toLine(first)).toBe(line);
  });

  test('is the same object where nothing is to be done: current, later, of an unknown type, or without a way', () => {
    for (const event of [
      ofVersion(3, { pluginName: 'p' }),
      ofVersion(4, { pluginName: 'p' }),
      { ...sample, type: 'FUTURE.THING' } as LoggedEvent,
      ofVersion(0, {}),
    ])
      expect(upcast(event, table, versions)).toBe(event);
  });

  test('is checked by the schema of its own version', () => {
    expect(findSchema('PLUGIN.EXECUTED', 1, table, versions)?.safeParse({ seconds: 'x' }).success).toBe(
      false,
    );
    expect(findSchema('PLUGIN.EXECUTED', 3, table, versions)?.safeParse(sample.data).success).toBe(true);
    expect(findSchema('PLUGIN.EXECUTED', 4, table, versions)).toBeUndefined();
    expect(findSchema('FUTURE.THING', 1, table, versions)).toBeUndefined();
  });
});

describe('what a later Tamma wrote', () => {
  const [sample] = createEventLog().add('BRANCH.CREATED.SUCCESS', {
    branch: 'tamma/7-x',
    sha: 'a'.repeat(40),
    baseSha: 'b'.repeat(40),
  }).events as [LoggedEvent];

  test('with a field more is kept whole, and folded by what is known of it', () => {
    const more = { ...sample, data: { ...sample.data, protectedBy: 'rules' } } as LoggedEvent;
    expect(parseLoggedEvent(more)).toEqual(more);
    expect(foldEvents([more]).branch).toBe('tamma/7-x');
  });

  test('in a version of its own is kept, and changes nothing', () => {
    const later = { ...sample, metadata: { ...sample.metadata, schemaVersion: 2 }, data: { ref: 'x' } };
    expect(parseLoggedEvent(later)).toEqual(later);
    expect(foldEvents([later as LoggedEvent]).branch).toBeNull();
  });

  test('is damage where a field that is known says something it cannot', () => {
    const wrong = { ...sample, data: { ...sample.data, sha: 'not a commit' } };
    expect(() => parseLoggedEvent(wrong)).toThrow('data of BRANCH.CREATED.SUCCESS: sha');
  });
});
