import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ArchivedPart, parseManifest, toArchivedPart } from '../../../src/core/events/archived-part.ts';
import { GENESIS, linkEvents } from '../../../src/core/events/chain.ts';
import { toLine } from '../../../src/core/events/line.ts';
import { createArchiveDirectory } from '../../../src/stores/archive/archive-directory.ts';
import { readPart, writePart } from '../../../src/stores/archive/part-file.ts';
import { createEventMaker } from '../../support/new-events.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tamma-archive-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function* iterate<T>(items: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* items;
}

async function archive(count: number) {
  const make = createEventMaker();
  const events = linkEvents(
    Array.from({ length: count }, (_, index) => make.skip(String(index))),
    GENESIS,
  );
  const files = createArchiveDirectory(join(directory, 'archive'));
  const lines = events.map(toLine);
  const written = await writePart(files, `2026-01_1-${count}.ndjson.gz`, iterate(lines));
  const part: ArchivedPart = toArchivedPart({
    month: '2026-01',
    first: 1,
    last: count,
    prevHash: GENESIS.hash,
    hash: events.at(-1)?.hash ?? '',
    times: [0, 1],
    archivedAt: '2026-11-20T10:00:00.000Z',
    ...written,
  });
  return { files, lines, part, path: join(directory, 'archive', part.name) };
}

async function readAll(files: ReturnType<typeof createArchiveDirectory> | undefined, part: ArchivedPart) {
  const lines: string[] = [];
  for await (const { line } of readPart(files, part)) lines.push(line);
  return lines;
}

describe('a part of the archive', () => {
  it('holds its lines to the byte, in a file that anybody can unpack', async () => {
    const { files, lines, part, path } = await archive(300);
    expect(await readAll(files, part)).toEqual(lines);
    expect(gunzipSync(await readFile(path)).toString()).toBe(lines.map((line) => `${line}\n`).join(''));
    expect(await readdir(join(directory, 'archive'))).toEqual([part.name]);
  });

  it('is the same file when the same is archived again', async () => {
    const { files, lines, part } = await archive(20);
    expect(await writePart(files, part.name, iterate(lines))).toEqual({
      sha256: part.sha256,
      bytes: part.bytes,
    });
  });

  it('says where it is when its file is not at hand', async () => {
    const { part } = await archive(5);
    const elsewhere = createArchiveDirectory(join(directory, 'nowhere'));
    for (const files of [undefined, elsewhere])
      await expect(readAll(files, part)).rejects.toMatchObject({
        code: 'LOG_ARCHIVED',
        message: 'Positions 1 to 5 of the log were moved to 2026-01_1-5.ndjson.gz.',
      });
  });

  it('is not believed when it was changed, cut off, or replaced', async () => {
    const { files, lines, part, path } = await archive(50);
    const whole = await readFile(path);
    const changed = lines.map((line, index) =>
      index === 7 ? line.replace('"tags":{', '"tags":{"x":"y",') : line,
    );
    const wrong = [
      whole.subarray(0, whole.length - 9),
      whole.subarray(0, 40),
      Buffer.from('nothing of the kind'),
      gzipSync(changed.join('\n')),
      gzipSync(`${lines.slice(1).join('\n')}\n`),
      gzipSync(`${lines.slice(0, -1).join('\n')}\n`),
      gzipSync(`${lines.join('\n')}\n`, { level: 1 }),
    ];
    for (const bytes of wrong) {
      await writeFile(path, bytes);
      await expect(readAll(files, part)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    }
  });

  it('is not kept where it cannot be written', async () => {
    await writeFile(join(directory, 'archive'), 'a file is in the way');
    await expect(archive(3)).rejects.toMatchObject({ code: 'ARCHIVE_FAILED' });
  });
});

describe('the manifest of an archive', () => {
  it('is a chain from position 1 on', async () => {
    const { part } = await archive(4);
    const next = { ...part, name: 'b', first: 5, last: 9, prevHash: part.hash };
    const text = [part, next].map((line) => `${JSON.stringify(line)}\n`);
    expect(parseManifest(text.join(''))).toEqual([part, next]);
    expect(parseManifest('')).toEqual([]);
    expect(() => parseManifest(text.slice(1).join(''))).toThrow('line 1 does not follow');
    expect(() => parseManifest([...text].reverse().join(''))).toThrow('line 1 does not follow');
    expect(() => parseManifest(text.join('').replace('"first":5', '"first":6'))).toThrow(
      'line 2 does not follow',
    );
    expect(() => parseManifest(`${text[0]}{}\n`)).toThrow('line 2 cannot be read');
    expect(() => parseManifest(text.join('').trimEnd())).toThrow('in the middle of a line');
  });
});
