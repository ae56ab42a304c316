import { describe, expect, test } from 'vitest';
import { readLines } from '../../src/lib/read-lines.ts';

async function read(chunks: readonly (string | Buffer)[], maxBytes = 100): Promise<string[]> {
  async function* stream() {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk as string));
  }
  const lines: string[] = [];
  for await (const some of readLines(stream(), { maxBytes })) lines.push(...some);
  return lines;
}

describe('lines of a stream', () => {
  test('are the same however the stream is cut, also within a letter', async () => {
    const bytes = Buffer.from('one\nzwölf 漢字 😀\n\nlast\n');
    for (let at = 0; at <= bytes.length; at += 1)
      expect(await read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual([
        'one',
        'zwölf 漢字 😀',
        '',
        'last',
      ]);
    expect(await read([...bytes].map((byte) => Buffer.from([byte])))).toHaveLength(4);
    expect(await read([])).toEqual([]);
  });

  test.each([
    ['half a line at the end', ['one\ntw'], 2, 'ends without a line feed'],
    ['CR LF', ['one\ntwo\r\n'], 2, 'ends in CR LF'],
    ['a byte order mark', ['\ufeffone\n'], 1, 'byte order mark'],
    ['UTF-16', [Buffer.from('\ufeffone\n', 'utf16le')], 1, 'UTF-16'],
    ['Latin-1', [Buffer.from('one\ntwo\nd\xfcnn\n', 'latin1')], 3, 'is not UTF-8'],
    ['a long line', ['one\n', `${'x'.repeat(101)}\n`], 2, 'longer than 100 bytes'],
    ['a line that never ends', ['one\n', ...Array.from({ length: 50 }, () => 'xxxx')], 2, 'longer than 100'],
  ])('with %s are refused at their number', async (_what, chunks, line, message) => {
    await expect(read(chunks)).rejects.toMatchObject({ line, message: expect.stringContaining(message) });
  });

  test('of a hundred megabytes without an end are not kept in memory', async () => {
    let sent = 0;
    async function* endless() {
      for (; sent < 1600; sent += 1) yield await Promise.resolve(Buffer.alloc(65_536, 'x'));
    }
    const read = readLines(endless(), { maxBytes: 70_000 })[Symbol.asyncIterator]();
    await expect(read.next()).rejects.toMatchObject({ line: 1 });
    expect(sent).toBeLessThan(3);
  });
});
