import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createObject, encodePack } from '../../../src/lib/git-object-format.ts';
import { applyDelta } from '../../../src/lib/git-wire/delta.ts';
import { readPack } from '../../../src/lib/git-wire/pack.ts';

const limits = { object: 1_000_000, objects: 2_000_000 };
const options = { format: 'sha1', limits } as const;
const SIZES = 128;

/** Sizes up to 127, and one operation each. */
function toDelta(base: number, result: number, ...operations: number[]): Buffer {
  return Buffer.from([base, result, ...operations]);
}

type Part = { type: number; size: number; before?: Buffer; data: Buffer };

function toPack(parts: readonly Part[], count = parts.length): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  header.writeUInt32BE(count, 8);
  const body = parts.flatMap(({ type, size, before = Buffer.alloc(0), data }) => [
    Buffer.from([(type << 4) | size]),
    before,
    deflateSync(data),
  ]);
  const pack = Buffer.concat([header, ...body]);
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
}

const BASE = { type: 3, size: 4, data: Buffer.from('base') };
const copyAll = toDelta(4, 5, 0x90, 4, 1, 0x21);

describe('a pack', () => {
  test('gives back every object that was put in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 5 }), async (contents) => {
        const objects = contents.map((content) => createObject('blob', Buffer.from(content), 'sha256'));
        const read = await readPack(encodePack(objects, 'sha256'), { format: 'sha256', limits });
        expect(read).toEqual(objects);
      }),
      { numRuns: 30 },
    );
  });

  test('may hold a base behind what is based on it, and chains', async () => {
    const base = createObject('blob', 'base', 'sha1');
    const second = createObject('blob', 'base!', 'sha1');
    const onBase = { type: 7, size: copyAll.length, before: Buffer.from(base.id, 'hex'), data: copyAll };
    const again = toDelta(5, 6, 0x90, 5, 1, 0x3f);
    const onSecond = { type: 7, size: again.length, before: Buffer.from(second.id, 'hex'), data: again };
    const read = await readPack(toPack([onSecond, onBase, BASE]), options);
    expect(read.map(({ content }) => content.toString())).toEqual(['base!?', 'base!', 'base']);
    expect(read.map(({ type }) => type)).toEqual(['blob', 'blob', 'blob']);
  });

  test('that was damaged anywhere is refused', async () => {
    const pack = encodePack([createObject('blob', 'some content', 'sha1')], 'sha1');
    for (let offset = 0; offset < pack.length; offset += 1) {
      const damaged = Buffer.from(pack);
      damaged[offset] = (damaged[offset] ?? 0) ^ 0x10;
      await expect(readPack(damaged, options)).rejects.toMatchObject({ kind: 'protocol' });
      await expect(readPack(pack.subarray(0, offset), options)).rejects.toMatchObject({ kind: 'protocol' });
    }
  });

  test.each<[string, Buffer]>([
    ['holds fewer objects than it says', toPack([BASE], 2)],
    ['holds more objects than it says', toPack([BASE, BASE], 1)],
    ['holds an object of an unknown type', toPack([{ ...BASE, type: 5 }])],
    ['holds an object shorter than it says', toPack([{ ...BASE, size: 9 }])],
    ['holds an object longer than it says', toPack([{ ...BASE, size: 3 }])],
    ['holds a delta on itself', toPack([{ type: 6, size: 6, before: Buffer.from([0]), data: copyAll }])],
    [
      'holds a delta on something before it',
      toPack([{ type: 6, size: 6, before: Buffer.from([200, 1]), data: copyAll }]),
    ],
    [
      'holds a delta on nothing',
      toPack([BASE, { type: 7, size: 6, before: Buffer.alloc(20), data: copyAll }]),
    ],
  ])('that %s is refused', async (_why, pack) => {
    await expect(readPack(pack, options)).rejects.toMatchObject({ kind: 'protocol' });
  });

  test('of more than the limits is not unpacked', async () => {
    const bomb = encodePack([createObject('blob', Buffer.alloc(300_000), 'sha1')], 'sha1');
    expect(bomb.length).toBeLessThan(1000);
    const small = { format: 'sha1', limits: { object: 1000, objects: 2000 } } as const;
    await expect(readPack(bomb, small)).rejects.toMatchObject({ kind: 'too-large' });
    const many = Array.from({ length: 5 }, (_, index) =>
      createObject('blob', Buffer.alloc(500, index), 'sha1'),
    );
    await expect(readPack(encodePack(many, 'sha1'), small)).rejects.toMatchObject({ kind: 'too-large' });
  });

  test('in which many differences make much of one small base is refused before they are made', async () => {
    const base = createObject('blob', Buffer.alloc(60_000), 'sha1');
    // 60,000 bytes, copied twice.
    const twice = Buffer.from([0xe0, 0xd4, 0x03, 0xc0, 0xa9, 0x07, 0xb0, 0x60, 0xea, 0xb0, 0x60, 0xea]);
    const onBase = { type: 7, size: twice.length, before: Buffer.from(base.id, 'hex'), data: twice };
    const pack = (count: number) => toPack(Array.from({ length: count }, () => onBase));
    const read = (count: number) =>
      readPack(pack(count), { ...options, readBase: () => Promise.resolve({ ...base, type: 'blob' }) });
    expect((await read(2)).map(({ content }) => content.length)).toEqual([120_000, 120_000]);
    const before = process.memoryUsage().arrayBuffers;
    await expect(read(2000)).rejects.toMatchObject({ kind: 'too-large' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  test('of more objects than anybody could keep is refused, empty as they are', async () => {
    const empty = { type: 3, size: 0, data: Buffer.alloc(0) };
    const pack = toPack(Array.from({ length: 5000 }, () => empty));
    await expect(readPack(pack, options)).rejects.toMatchObject({ kind: 'too-large' });
  });
});

describe('a delta', () => {
  const base = Buffer.from('0123456789');

  test('copies and inserts', () => {
    const delta = toDelta(10, 7, 0x91, 2, 4, 0x02, 0x61, 0x62, 0x90, 1);
    expect(applyDelta(base, delta, 100).toString()).toBe('2345ab0');
    const large = Buffer.alloc(0x10000, 'x');
    expect(applyDelta(large, Buffer.from([0x80, 0x80, 4, 0x80, 0x80, 4, 0x80]), 1e6)).toEqual(large);
  });

  test.each<[string, Buffer]>([
    ['of another base', toDelta(9, 1, 0x90, 1)],
    ['that copies from behind the end', toDelta(10, 4, 0x91, 8, 4)],
    ['that writes more than it says', toDelta(10, 1, 0x90, 4)],
    ['that writes less than it says', toDelta(10, 5, 0x90, 4)],
    ['with the reserved operation', toDelta(10, 1, 0)],
    ['that ends within an operation', toDelta(10, 3, 0x03, 0x61)],
    ['without sizes', Buffer.alloc(0)],
    ['of absurd size', Buffer.from([10, ...Array.from({ length: 12 }, () => SIZES | 127), 1])],
  ])('%s is refused', (_why, delta) => {
    expect(() => applyDelta(base, delta, 100)).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });

  test('of more than the limit is not applied', () => {
    expect(() => applyDelta(base, toDelta(10, 100), 50)).toThrow(
      expect.objectContaining({ kind: 'too-large' }),
    );
  });
});
