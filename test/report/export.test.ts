import { describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../../src/core/events/event.ts';
import { type ExportFormat, exportEvents } from '../../src/report/export.ts';
import { createEventLog } from '../support/event-log.ts';
import { createPlannedLog } from '../support/sample-loop.ts';

async function* stream(events: readonly LoggedEvent[]) {
  for (const event of events) yield await Promise.resolve(event);
}

async function exported(events: readonly LoggedEvent[], format: ExportFormat): Promise<string> {
  let text = '';
  for await (const piece of exportEvents(stream(events), format)) text += piece;
  return text;
}

/** RFC 4180, by its grammar. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy;
  for (let match = pattern.exec(text); match && pattern.lastIndex < text.length; match = pattern.exec(text)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') rows.push([]);
  }
  return rows.map((row) => row);
}

describe('an export', () => {
  const { events } = createPlannedLog();

  test('as NDJSON is one event a line, unchanged', async () => {
    const lines = (await exported(events, 'ndjson')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(events);
  });

  test('as JSON is one array, also when it is empty', async () => {
    expect(JSON.parse(await exported(events, 'json'))).toEqual(events);
    expect(JSON.parse(await exported([], 'json'))).toEqual([]);
  });

  test('as CSV has a header, a row an event, CRLF, and gives quotes and line breaks back', async () => {
    const text = await exported(events, 'csv');
    expect(text.startsWith('position,id,type,timestamp,issueId,')).toBe(true);
    expect(text.endsWith('\r\n')).toBe(true);
    const [header = [], ...rows] = parseCsv(text);
    expect(rows.length).toBe(events.length);
    const data = header.indexOf('data');
    expect(rows.map((row) => JSON.parse(row[data] ?? ''))).toEqual(events.map((event) => event.data));
  });

  test('as CSV holds nothing that a spreadsheet would run as a formula', async () => {
    const log = createEventLog();
    log.add('WORKFLOW.TAKEN_OVER', {}, '=HYPERLINK("https://evil.example")');
    log.add('WORKFLOW.TAKEN_OVER', {}, '@SUM(1)');
    const text = await exported(log.events, 'csv');
    expect(text).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
    expect(text).toContain(",'@SUM(1),");
  });
});
