import { GitWireError } from './wire-error.ts';

/** Applies a delta of gitformat-pack(5), "Deltified representation". Throws `protocol` where it does not fit. */
export function applyDelta(base: Buffer, delta: Buffer, maxBytes: number): Buffer {
  const reader = createReader(delta);
  const baseSize = reader.size();
  const size = reader.size();
  if (baseSize !== base.length) throw misfit();
  if (size > maxBytes) throw new GitWireError('too-large', `an object has more than ${maxBytes} bytes`);
  const result = Buffer.alloc(size);
  let written = 0;
  while (!reader.isAtEnd()) {
    const operation = reader.byte();
    if (operation === 0) throw misfit();
    const part = operation < 0x80 ? reader.bytes(operation) : copyOf(base, operation, reader);
    if (written + part.length > size) throw misfit();
    written += part.copy(result, written);
  }
  if (written !== size) throw misfit();
  return result;
}

type Reader = ReturnType<typeof createReader>;

/** Bits 0–3 say which bytes of the offset follow, bits 4–6 which of the length; a length of 0 stands for 64 KiB. */
function copyOf(base: Buffer, operation: number, reader: Reader): Buffer {
  let offset = 0;
  let length = 0;
  for (let bit = 0; bit < 4; bit += 1) if (operation & (1 << bit)) offset += reader.byte() * 2 ** (8 * bit);
  for (let bit = 0; bit < 3; bit += 1) if (operation & (16 << bit)) length += reader.byte() * 2 ** (8 * bit);
  if (length === 0) length = 0x10000;
  if (offset + length > base.length) throw misfit();
  return base.subarray(offset, offset + length);
}

function createReader(delta: Buffer) {
  let at = 0;
  function byte(): number {
    const value = delta[at];
    if (value === undefined) throw misfit();
    at += 1;
    return value;
  }
  return {
    byte,
    isAtEnd: () => at >= delta.length,
    bytes(count: number): Buffer {
      if (at + count > delta.length) throw misfit();
      at += count;
      return delta.subarray(at - count, at);
    },
    /** Groups of 7 bits, lowest first. */
    size(): number {
      let value = 0;
      for (let shift = 1, more = true; more; shift *= 128) {
        const next = byte();
        value += (next & 0x7f) * shift;
        more = next >= 0x80;
        if (value > Number.MAX_SAFE_INTEGER / 256) throw misfit();
      }
      return value;
    },
  };
}

function misfit(): GitWireError {
  return new GitWireError('protocol', 'the pack holds a delta that does not fit its base');
}
