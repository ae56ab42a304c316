import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import type { ObjectFormat } from '../git-object-format.ts';
import type { GitObject } from '../git-object-reader.ts';
import { applyDelta } from './delta.ts';
import type { FetchOrder, WireLimits } from './git-wire.ts';
import { GitWireError } from './wire-error.ts';

export type PackOptions = {
  format: ObjectFormat;
  limits: Pick<WireLimits, 'object' | 'objects'>;
  readBase?: FetchOrder['readBase'];
};

type Entry = { offset: number; data: Buffer } & (
  | { kind: 'whole'; type: GitObject['type'] }
  | { kind: 'offset'; base: number }
  | { kind: 'reference'; base: string }
);

type Content = Pick<GitObject, 'type' | 'content'>;

const types: Readonly<Record<number, GitObject['type']>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;

/** What an object costs here besides its content, counted so that a pack of many empty ones is no way around the limits. */
const ENTRY_BYTES = 512;

/**
 * The objects of a pack of version 2 (gitformat-pack(5)), deltas resolved, each under the id that its content has.
 * Throws `protocol` for a pack that is damaged and `too-large` beyond the limits.
 */
export async function readPack(pack: Buffer, options: PackOptions): Promise<GitObject[]> {
  const entries = readEntries(pack, options);
  return await resolveEntries(entries, options);
}

function readEntries(pack: Buffer, { format, limits }: PackOptions): Entry[] {
  const hashBytes = format === 'sha256' ? 32 : 20;
  const end = pack.length - hashBytes;
  const isPack = end >= 12 && pack.subarray(0, 4).toString('latin1') === 'PACK' && pack.readUInt32BE(4) === 2;
  if (!isPack) throw damaged('it does not begin as one');
  const sum = createHash(format).update(pack.subarray(0, end)).digest();
  if (!sum.equals(pack.subarray(end))) throw damaged('its checksum is wrong');
  const entries: Entry[] = [];
  let offset = 12;
  let size = 0;
  for (let left = pack.readUInt32BE(8); left > 0; left -= 1) {
    const { entry, next } = readEntry(pack.subarray(0, end), offset, hashBytes, limits.object);
    size += entry.data.length + ENTRY_BYTES;
    if (size > limits.objects) throw tooLarge(limits.objects);
    entries.push(entry);
    offset = next;
  }
  if (offset !== end) throw damaged('something follows its last object');
  return entries;
}

function readEntry(
  pack: Buffer,
  offset: number,
  hashBytes: number,
  maxBytes: number,
): { entry: Entry; next: number } {
  const header = readHeader(pack, offset);
  const type = types[header.type];
  if (type) {
    const { data, next } = inflate(pack, header.next, header.size, maxBytes);
    return { entry: { offset, data, kind: 'whole', type }, next };
  }
  if (header.type === OFFSET_DELTA) {
    const distance = readDistance(pack, header.next);
    const { data, next } = inflate(pack, distance.next, header.size, maxBytes);
    return { entry: { offset, data, kind: 'offset', base: offset - distance.value }, next };
  }
  if (header.type !== REFERENCE_DELTA) throw damaged(`an object of type ${header.type}`);
  const base = pack.subarray(header.next, header.next + hashBytes).toString('hex');
  const { data, next } = inflate(pack, header.next + hashBytes, header.size, maxBytes);
  return { entry: { offset, data, kind: 'reference', base }, next };
}

/** Three bits of type and a size in groups of 4, then 7 bits, lowest first. */
function readHeader(pack: Buffer, offset: number): { type: number; size: number; next: number } {
  let byte = pack[offset] ?? 0;
  const type = (byte >> 4) & 7;
  let size = byte & 0x0f;
  let next = offset + 1;
  for (let shift = 16; byte & 0x80; shift *= 128) {
    byte = pack[next] ?? 0;
    size += (byte & 0x7f) * shift;
    next += 1;
    if (size > Number.MAX_SAFE_INTEGER / 256) throw damaged('an object of absurd size');
  }
  return { type, size, next };
}

/** How far before this entry its base begins: groups of 7 bits, highest first, each but the last plus one. */
function readDistance(pack: Buffer, offset: number): { value: number; next: number } {
  let byte = pack[offset] ?? 0;
  let value = byte & 0x7f;
  let next = offset + 1;
  while (byte & 0x80) {
    byte = pack[next] ?? 0;
    value = (value + 1) * 128 + (byte & 0x7f);
    next += 1;
    if (value > pack.length) throw damaged('a delta whose base is outside');
  }
  return { value, next };
}

type Inflated = { buffer: Buffer; engine: { bytesWritten: number } };

/** zlib says how much of the input was used: nothing else tells where the next entry begins. */
function inflate(
  pack: Buffer,
  offset: number,
  size: number,
  maxBytes: number,
): { data: Buffer; next: number } {
  if (size > maxBytes) throw new GitWireError('too-large', `an object has more than ${maxBytes} bytes`);
  const room = {
    info: true,
    chunkSize: Math.min(Math.max(64, size + 1), 65_536),
    maxOutputLength: Math.max(1, size),
  };
  try {
    const { buffer, engine } = inflateSync(pack.subarray(offset), room) as unknown as Inflated;
    if (buffer.length !== size) throw damaged('an object of another size than it says');
    return { data: buffer, next: offset + engine.bytesWritten };
  } catch (cause) {
    if (cause instanceof GitWireError) throw cause;
    throw new GitWireError('protocol', 'the pack is damaged: an object does not unpack', { cause });
  }
}

/** Each as soon as its base is there; a base may stand behind what is based on it. */
async function resolveEntries(
  entries: readonly Entry[],
  { format, limits, readBase }: PackOptions,
): Promise<GitObject[]> {
  const resolved = new Map<Entry, GitObject>();
  const waiting = new Map<number | string, Entry[]>();
  let total = 0;

  /** Before the next one is made: what waits for one small base may be a thousand large ones. */
  function count(content: Buffer): Buffer {
    total += content.length;
    if (total > limits.objects) throw tooLarge(limits.objects);
    return content;
  }

  function settle(first: Entry, content: Content): void {
    const queue: [Entry, Content][] = [[first, content]];
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [entry, { type, content }] = next;
      const id = createHash(format).update(`${type} ${content.length}\0`).update(content).digest('hex');
      resolved.set(entry, { id, type, content });
      for (const base of [entry.offset, id])
        for (const freed of release(base, { type, content })) queue.push(freed);
    }
  }

  /** What was waiting for this base. */
  function release(base: number | string, { type, content }: Content): [Entry, Content][] {
    const freed = waiting.get(base) ?? [];
    waiting.delete(base);
    return freed.map((entry) => {
      const room = Math.min(limits.object, limits.objects - total);
      return [entry, { type, content: count(applyDelta(content, entry.data, room)) }];
    });
  }

  for (const entry of entries) {
    if (entry.kind === 'whole') continue;
    const others = waiting.get(entry.base);
    if (others) others.push(entry);
    else waiting.set(entry.base, [entry]);
  }
  for (const entry of entries) {
    if (entry.kind === 'whole') settle(entry, { type: entry.type, content: count(entry.data) });
  }
  // Bases that are not in the pack (gitformat-pack(5): "thin").
  for (const id of waiting.keys()) {
    const base = typeof id === 'string' ? await readBase?.(id) : undefined;
    for (const [entry, content] of base ? release(id, base) : []) settle(entry, content);
  }
  if (waiting.size > 0) throw damaged('a delta whose base is nowhere');
  return entries.flatMap((entry) => resolved.get(entry) ?? []);
}

function tooLarge(bytes: number): GitWireError {
  return new GitWireError('too-large', `a pack of more than ${bytes} bytes`);
}

function damaged(what: string): GitWireError {
  return new GitWireError('protocol', `the pack is damaged: ${what}`);
}
