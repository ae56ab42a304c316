import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Kept, keepJournal, listJournals, readJournal, removeJournal } from '../../src/app/journal.ts';
import { createSpoolFile } from '../../src/app/spool.ts';
import { createEventMaker } from '../support/new-events.ts';

const HOLDER = { runId: 'r', host: 'h', pid: 7, startedAt: 'boot-1' };
const make = createEventMaker();

let root: string;
let folders: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tamma-journal-'));
  folders = [join(root, 'state', 'journal'), join(root, 'temp', 'journal')];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const kept = (changes: Partial<Kept> = {}): Kept => ({
  keptAt: '2026-11-20T08:00:00.000Z',
  holder: HOLDER,
  place: 'memory',
  seen: { position: 3, hash: 'a'.repeat(64) },
  condition: { failIfEventsMatch: { items: [{ types: ['X'], tags: { issueId: '1' } }] }, after: 3 },
  why: 'the log was away',
  events: [make.skip('1', 'with "quotes" and \u2028'), make.cancel('1')],
  ...changes,
});

describe('a journal', () => {
  test('gives back what was kept, from each folder that took it', () => {
    const wanted = kept();
    const files = keepJournal(folders, wanted);
    expect(files).toHaveLength(2);
    for (const file of files) expect(readJournal(file)).toEqual({ ...wanted, file });
    const without = kept({ condition: null, seen: null });
    expect(readJournal(keepJournal(folders, without)[0] ?? '')).toMatchObject(without);
  });

  test('is listed once although it stands in two folders, oldest first', () => {
    keepJournal(folders, kept({ keptAt: '2026-11-20T09:00:00.000Z' }));
    keepJournal([folders[1] ?? ''], kept({ keptAt: '2026-11-20T08:00:00.000Z' }));
    const listed = listJournals(folders);
    expect(listed.map((file) => basename(file).slice(0, 13))).toEqual(['2026-11-20T08', '2026-11-20T09']);
    expect(listJournals([join(root, 'nothing')])).toEqual([]);
  });

  test('is kept where one folder takes it, and leaves nothing half written in the other', () => {
    writeFileSync(join(root, 'state'), 'a file where a folder belongs');
    expect(keepJournal(folders, kept())).toHaveLength(1);
    expect(() => keepJournal([folders[0] ?? ''], kept())).toThrow(/ENOTDIR|EEXIST/);
    expect(readdirSync(folders[1] ?? '').every((name) => name.endsWith('.ndjson'))).toBe(true);
  });

  test('that is delivered is gone from every folder; one that was overtaken stays for people to look at', () => {
    const [first = ''] = keepJournal(folders, kept());
    removeJournal(folders, basename(first), 'delivered');
    expect(listJournals(folders)).toEqual([]);
    const [second = ''] = keepJournal(folders, kept());
    removeJournal(folders, basename(second), 'overtaken');
    expect(listJournals(folders)).toEqual([]);
    expect(existsSync(join(folders[0] ?? '', 'overtaken', basename(second)))).toBe(true);
    removeJournal(folders, basename(second), 'overtaken');
  });

  test.each<[string, (text: string) => string, RegExp]>([
    ['a changed event', (text) => text.replace('quotes', 'thorns'), /not those that were written/],
    ['a missing event', (text) => text.split('\n').slice(0, 2).join('\n').concat('\n'), /not those/],
    ['another first line', (text) => text.replace('tamma-journal', 'diary'), /first line/],
    ['no line at all', () => '', /first line/],
  ])('with %s is refused as a whole', (_what, change, message) => {
    const [file = ''] = keepJournal(folders, kept());
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    expect(() => readJournal(file)).toThrow(expect.objectContaining({ code: 'JOURNAL_DAMAGED' }));
    expect(() => readJournal(file)).toThrow(message);
  });

  test('that is no text, or not there, is refused with its name', () => {
    const file = join(root, 'x.ndjson');
    expect(() => readJournal(file)).toThrow(/x\.ndjson.*ENOENT/);
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0]));
    expect(() => readJournal(file)).toThrow(expect.objectContaining({ code: 'JOURNAL_DAMAGED' }));
  });

  test('with an event that no store would take is refused before any of it is delivered', () => {
    const wrong = { ...make.skip('1'), data: {} } as unknown as Kept['events'][number];
    const [file = ''] = keepJournal(folders, kept({ events: [wrong] }));
    expect(() => readJournal(file)).toThrow(/cannot be recorded/);
  });
});

test('the calls that a killed run has left are read as a journal without a condition', () => {
  const file = join(root, 'spool.ndjson');
  mkdirSync(root, { recursive: true });
  const spool = createSpoolFile(file, HOLDER);
  const events = [make.skip('1'), make.skip('1')];
  for (const event of events) spool.record(event);
  appendFileSync(file, '{"id":"cut o');
  expect(readJournal(file)).toMatchObject({ events, condition: null, seen: null, holder: HOLDER });
});
