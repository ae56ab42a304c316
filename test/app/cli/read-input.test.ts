import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCounter } from '../../../src/app/cli/count-progress.ts';
import { readInput, withInput } from '../../../src/app/cli/read-input.ts';
import { createPlainView } from '../../../src/hosts/progress-view.ts';
import { createTerminalHost } from '../../../src/hosts/terminal.ts';
import { createPalette } from '../../../src/lib/palette.ts';
import { createTickingClock } from '../../support/new-events.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tamma-reading-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const from = (content: string, ...args: string[]) => ({ input: Readable.from([content]), args });

describe('what a command reads', () => {
  test('from standard input can be read twice, and leaves nothing behind', async () => {
    const listTemporary = async () =>
      (await readdir(tmpdir())).filter((name) => name.startsWith('tamma-input-'));
    const before = await listTemporary();
    const twice = await withInput(from('a\nb\n', '-'), async ({ name, open }) => [
      name,
      await text(open() as Readable),
      await text(open() as Readable),
    ]);
    expect(twice).toEqual(['standard input', 'a\nb\n', 'a\nb\n']);
    expect(await listTemporary()).toEqual(before);
  });

  test('as one text comes from a file or from standard input, and is not without end', async () => {
    const file = join(folder, 'batch.json');
    await writeFile(file, '[]');
    expect(await readInput(from('', file))).toBe('[]');
    expect(await readInput(from('{}'))).toBe('{}');
    await truncate(file, 17 * 1024 * 1024);
    await expect(readInput(from('', file))).rejects.toMatchObject({ code: 'USAGE' });
    await expect(readInput(from('x'.repeat(17 * 1024 * 1024)))).rejects.toThrow('standard input is larger');
    await expect(readInput(from('', join(folder, 'nothing')))).rejects.toThrow('cannot be read');
  });
});

test('progress is told once a second and not for each event', () => {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  const clock = createTickingClock();
  const view = createPlainView({ stream, palette: createPalette(false), now: clock.now });
  const host = createTerminalHost({ runId: 'r', view });
  const count = createCounter({ host, clock }, 2_000_000);
  count('events exported', 1_000_000);
  let now = clock.now();
  const still = createCounter({ host, clock: { ...clock, now: () => now } });
  still('events imported', 1);
  now = new Date(now.getTime() + 1000);
  still('events imported', 2);
  expect(lines).toEqual(['  events exported: 1,000,000 of 2,000,000\n', '  events imported: 2\n']);
});
