import { inflateSync } from 'node:zlib';

/** Objects whose content is made from another one's (gitformat-pack(5)). */
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;

/**
 * How many bytes the objects of a pack come to, told before git unpacks them: a few kilobytes may stand for gigabytes.
 * `idBytes`: length of an object id here. Throws for what is no pack, and for more than `limit`.
 * Source: gitformat-pack(5), "pack-*.pack files have the following format".
 */
export function measurePack(pack: Buffer, { limit, idBytes }: { limit: number; idBytes: number }): number {
  const count = pack.readUInt32BE(8);
  let total = 0;
  let at = 12;
  for (let index = 0; index < count; index += 1) {
    const head = readHead(pack, at);
    const begin = head.next + (head.type === REFERENCE_DELTA ? idBytes : 0);
    const from = head.type === OFFSET_DELTA ? readNumber(pack, begin).next : begin;
    const { content, end } = inflate(pack.subarray(from), limit - total);
    const isDelta = head.type === OFFSET_DELTA || head.type === REFERENCE_DELTA;
    // A delta says what it is made from, then what it makes.
    const made = isDelta ? readNumber(content, readNumber(content, 0).next).value : 0;
    total += Math.max(content.length, made);
    if (total > limit) throw new RangeError('the objects of the pack are too large');
    at = from + end;
  }
  return total;
}

/** Three bits of the first byte are the type; the sizes that are told here are not believed. */
function readHead(pack: Buffer, at: number): { type: number; next: number } {
  return { type: (pack.readUInt8(at) >> 4) & 7, next: readNumber(pack, at).next };
}

/** Seven bits a byte, the least first; the last byte has no eighth. */
function readNumber(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let next = at, factor = 1; next < at + 9; next += 1, factor *= 128) {
    const byte = bytes.readUInt8(next);
    value += (byte & 127) * factor;
    if (byte < 128) return { value, next: next + 1 };
  }
  throw new RangeError('a number in the pack has no end');
}

function inflate(bytes: Buffer, room: number): { content: Buffer; end: number } {
  const options = { info: true, maxOutputLength: Math.max(1, room) };
  // With `info` the answer has the engine beside the content, which the types do not say.
  const { buffer, engine } = inflateSync(bytes, options) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  return { content: buffer, end: engine.bytesWritten };
}
