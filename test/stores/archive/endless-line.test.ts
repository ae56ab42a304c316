import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { GENESIS } from '../../../src/core/events/chain.ts';
import type { ArchivedPart, ArchiveFiles } from '../../../src/ports/log-archive.ts';
import { readPart } from '../../../src/stores/archive/part-file.ts';

test('an archived line without an end is not unpacked to its end', async () => {
  const packed = gzipSync(Buffer.alloc(50_000_000, 'x'));
  const files: ArchiveFiles = {
    place: 'memory',
    read: () => Promise.resolve(pieces(packed)),
    write: () => Promise.reject(new Error('nothing is written')),
  };
  const part = {
    name: '2026-11_1-1.ndjson.gz',
    first: 1,
    last: 1,
    prevHash: GENESIS.hash,
    hash: GENESIS.hash,
    sha256: createHash('sha256').update(packed).digest('hex'),
  } as ArchivedPart;
  const reading = async () => {
    for await (const { line } of readPart(files, part)) expect(line).toBe('nothing');
  };
  await expect(reading()).rejects.toMatchObject({ code: 'LOG_CORRUPT', details: { reason: /too long/ } });
});

async function* pieces(content: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < content.length; at += 1000) yield content.subarray(at, at + 1000);
}
