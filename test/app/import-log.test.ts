import { describe, expect, test } from 'vitest';
import { type ImportOptions, importLog, type LineSource } from '../../src/app/import-log.ts';
import { GENESIS, linkEvents } from '../../src/core/events/chain.ts';
import type { Envelope } from '../../src/core/events/envelope.ts';
import { toLine } from '../../src/core/events/line.ts';
import type { EventStore } from '../../src/ports/event-store.ts';
import { exportEvents } from '../../src/report/export.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { createEventMaker, readAll } from '../support/new-events.ts';

const make = createEventMaker();

async function textOf(store: EventStore): Promise<string> {
  let text = '';
  for await (const piece of exportEvents(store.read(), 'ndjson')) text += piece;
  return text;
}

/** A log of so many events, with keys that a careless copy would put in another order. */
async function createLog(count: number): Promise<{ store: EventStore; text: string }> {
  const events = Array.from({ length: count }, (_none, at) =>
    make.skip(String(at % 7), `${at} "ü" 😀`, { b: '2', B: '1', a10: 'x', a9: 'y' }),
  );
  const lines = linkEvents(events, GENESIS).map((event) => ({ event, line: toLine(event) }));
  const store = createMemoryStore();
  await store.importLines?.(lines);
  return { store, text: lines.map(({ line }) => `${line}\n`).join('') };
}

const sourceOf = (text: string | Buffer): LineSource => ({
  name: 'log.ndjson',
  async *open() {
    const bytes = Buffer.from(text as string);
    for (let at = 0; at < bytes.length; at += 700) yield await Promise.resolve(bytes.subarray(at, at + 700));
  },
});

const take = (store: EventStore, text: string | Buffer, options?: ImportOptions) =>
  importLog(store, sourceOf(text), options);

const linesOf = (text: string, from: number, to?: number) =>
  text
    .split('\n')
    .slice(from, to ?? -1)
    .map((line) => `${line}\n`)
    .join('');

describe('an import', () => {
  test('into an empty log gives the same bytes, also in a store that can only append', async () => {
    const { store, text } = await createLog(230);
    const { importLines: _none, ...copy } = createMemoryStore();
    const seen: string[] = [];
    const report = await take(copy, text, { onProgress: (phase, events) => seen.push(`${phase} ${events}`) });
    expect(report).toEqual({ events: 230, already: 0, imported: 230, head: await store.head() });
    expect(await textOf(copy)).toBe(text);
    expect(await copy.verify()).toMatchObject({ ok: true, events: 230 });
    expect([seen.at(0)?.split(' ')[0], seen.at(-1)]).toEqual(['checked', 'imported 230']);
  });

  test('goes on where the log ends, also with a file that begins there', async () => {
    const { text } = await createLog(120);
    const copy = createMemoryStore();
    expect(await take(copy, linesOf(text, 0, 50))).toMatchObject({ imported: 50 });
    expect(await take(copy, linesOf(text, 0, 90))).toMatchObject({ already: 50, imported: 40 });
    expect(await take(copy, linesOf(text, 80))).toMatchObject({ events: 40, already: 10, imported: 30 });
    expect(await textOf(copy)).toBe(text);
  });

  test('of what is there already writes nothing, also where the log is longer', async () => {
    const { store, text } = await createLog(5);
    expect(await take(store, text)).toMatchObject({ events: 5, already: 5, imported: 0 });
    expect(await take(store, linesOf(text, 1, 3))).toMatchObject({ events: 2, already: 2, imported: 0 });
    expect(await textOf(store)).toBe(text);
  });

  test('as a dry run checks everything and writes nothing', async () => {
    const { text } = await createLog(5);
    const copy = createMemoryStore();
    expect(await take(copy, text, { dryRun: true })).toMatchObject({ imported: 5, head: { position: 0 } });
    expect((await copy.head()).position).toBe(0);
    await expect(take(copy, text.replace('0 \\"ü', '9 \\"ü'), { dryRun: true })).rejects.toThrow('line 1');
  });

  test('of a log that parted from this one names the position, and writes nothing', async () => {
    const { text } = await createLog(6);
    const other = createMemoryStore();
    await take(other, linesOf(text, 0, 3));
    await other.append([make.skip('9')]);
    const before = await textOf(other);
    await expect(take(other, text)).rejects.toMatchObject({
      code: 'IMPORT_REFUSED',
      message: expect.stringContaining('another story than memory from position 4 on'),
    });
    await other.append([make.skip('9'), make.skip('9'), make.skip('9'), make.skip('9')]);
    await expect(take(other, text)).rejects.toThrow('from position 4 on');
    expect((await textOf(other)).startsWith(before)).toBe(true);
  });

  test('with a gap before it says what is missing', async () => {
    const { text } = await createLog(6);
    const copy = createMemoryStore();
    await take(copy, linesOf(text, 0, 2));
    await expect(take(copy, linesOf(text, 4))).rejects.toThrow('begins at position 5, and memory ends at 2');
    const stranger = createMemoryStore();
    await stranger.append([make.skip('1')]);
    await expect(take(stranger, linesOf(text, 1))).rejects.toMatchObject({ code: 'IMPORT_REFUSED' });
  });

  test.each<[string, (text: string) => string | Buffer, RegExp]>([
    ['an edited event', (text) => text.replace('2 \\"ü', '7 \\"ü'), /line 3: event 3 is not the one/],
    [
      'a line that was taken out',
      (text) => linesOf(text, 0, 2) + linesOf(text, 3),
      /line 3: position 4 stands/,
    ],
    [
      'two lines swapped',
      (text) => linesOf(text, 0, 1) + linesOf(text, 2, 3) + linesOf(text, 1, 2),
      /line 2/,
    ],
    ['a line twice', (text) => linesOf(text, 0, 1) + text, /line 2: position 1 stands where 2 belongs/],
    ['half a line', (text) => text.slice(0, -20), /line 6: ends without a line feed/],
    ['CR LF', (text) => text.replaceAll('\n', '\r\n'), /line 1: ends in CR LF/],
    ['a byte order mark', (text) => `\ufeff${text}`, /line 1: begins with a byte order mark/],
    ['another encoding', (text) => Buffer.from(text, 'latin1'), /line 1: is not UTF-8/],
    ['a line that is no JSON', (text) => `${linesOf(text, 0, 1)}hello\n`, /line 2: not JSON/],
    ['spaces in a line', (text) => text.replace('{', '{ '), /line 1: not in the form a store writes/],
    ['an invalid id', (text) => text.replace(/"id":"[0-9a-f]{8}/, '"id":"nonsense'), /line 1: id:/],
    ['a huge line', (text) => `${text}${'x'.repeat(100_000)}`, /line 7: is longer than/],
    ['nothing', () => '', /it holds no event/],
    [
      'a beginning that names one before it',
      (text) => text.replace(/"0{64}"/, `"${'1'.repeat(64)}"`),
      /line 1/,
    ],
  ])('of a file with %s is refused before anything is written', async (_what, change, message) => {
    const { text } = await createLog(6);
    const copy = createMemoryStore();
    await expect(take(copy, change(text))).rejects.toMatchObject({
      code: 'IMPORT_REFUSED',
      exitCode: 2,
      message: expect.stringMatching(message),
    });
    expect((await copy.head()).position).toBe(0);
  });

  test('of a file with one id twice is refused', async () => {
    const event = make.skip('1') as Envelope;
    const text = linkEvents([event, event], GENESIS)
      .map((linked) => `${toLine(linked)}\n`)
      .join('');
    await expect(take(createMemoryStore(), text)).rejects.toThrow(
      'is there twice, the second time at position 2',
    );
  });

  test('that somebody writes into meanwhile stops, and what is there verifies', async () => {
    const { text } = await createLog(250);
    const copy = createMemoryStore();
    const { importLines: _none, ...plain } = copy;
    let appends = 0;
    const append: EventStore['append'] = async (events, condition) => {
      appends += 1;
      if (appends === 2) await copy.append([make.skip('9')]);
      return copy.append(events, condition);
    };
    await expect(take({ ...plain, append }, text)).rejects.toMatchObject({ code: 'LOG_CONFLICT' });
    expect(await copy.verify()).toMatchObject({ ok: true, events: 101 });
  });

  test('gives a store that takes lines thousands of them at once', async () => {
    const { text } = await createLog(4100);
    const copy = createMemoryStore();
    const sizes: number[] = [];
    const importLines: EventStore['importLines'] = (lines) => {
      sizes.push(lines.length);
      return copy.importLines?.(lines) ?? copy.head();
    };
    await take({ ...copy, importLines }, text);
    expect(sizes.length).toBeLessThanOrEqual(3);
    expect(await textOf(copy)).toBe(text);
  });
});

test('an export is the lines of the log, byte by byte, and holds events of a later Tamma as they are', async () => {
  const { store } = await createLog(3);
  const later = { ...make.skip('1'), type: 'MOON.REACHED', data: { '10': 1, '9': [2], z: null } } as Envelope;
  const [linked] = linkEvents([later], await store.head());
  async function* one() {
    if (linked) yield await Promise.resolve(linked);
  }
  let text = '';
  for await (const piece of exportEvents(one(), 'ndjson')) text += piece;
  expect(text).toBe(`${linked && toLine(linked)}\n`);
  expect(text).toContain('"data":{"10":1,"9":[2],"z":null}');
  expect(await readAll(store)).toHaveLength(3);
});
