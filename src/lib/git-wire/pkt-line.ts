import { GitWireError, toPlainText } from './wire-error.ts';

/** A line of gitprotocol-common(5), "pkt-line Format": data, or one of the three that have none. */
export type Packet = Buffer | 'flush' | 'delimiter' | 'end';

const LONGEST = 65_520;

export const FLUSH = Buffer.from('0000');
export const DELIMITER = Buffer.from('0001');

export function encodePacket(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data);
  if (bytes.length + 4 > LONGEST) throw new GitWireError('too-large', 'a line of the protocol is too long');
  const length = (bytes.length + 4).toString(16).padStart(4, '0');
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** Throws `lost` where the last one is not all there, `refused` at a line `ERR …`. */
export function* parsePackets(bytes: Buffer): Generator<Packet, void> {
  let offset = 0;
  while (offset < bytes.length) {
    const length = readLength(bytes, offset);
    if (length < 4) {
      yield length === 0 ? 'flush' : length === 1 ? 'delimiter' : 'end';
      offset += 4;
      continue;
    }
    if (offset + length > bytes.length) throw cutOff();
    const data = bytes.subarray(offset + 4, offset + length);
    if (data.subarray(0, 4).toString('latin1') === 'ERR ') throw toRefusal(data.subarray(4).toString());
    yield data;
    offset += length;
  }
}

function readLength(bytes: Buffer, offset: number): number {
  const text = bytes.subarray(offset, offset + 4).toString('latin1');
  if (text.length < 4) throw cutOff();
  const length = /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : -1;
  if (length < 0 || length === 3 || length > LONGEST) {
    throw new GitWireError(
      'protocol',
      `the answer is no git: ${toPlainText(bytes.toString('latin1', offset, offset + 60))}`,
    );
  }
  return length;
}

export function cutOff(): GitWireError {
  return new GitWireError('lost', 'the answer was cut off', { mayHaveArrived: true });
}

/** A whole line without its line feed. */
export function toText(packet: Buffer): string {
  return packet.toString().replace(/\n$/, '');
}

/** What git says when it gives up (upload-pack.c, serve.c). */
function toRefusal(text: string): GitWireError {
  const plain = toPlainText(text);
  const isObject =
    /not our ref|not a valid object|unknown object|missing necessary objects|no such object/i.test(plain);
  return new GitWireError(isObject ? 'no-object' : 'refused', plain);
}
