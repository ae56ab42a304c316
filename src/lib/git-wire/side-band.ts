import { cutOff, type Packet } from './pkt-line.ts';
import { GitWireError, toPlainText } from './wire-error.ts';

export type Bands = { data: Buffer; messages: string };

const MESSAGES_KEPT = 64_000;

/**
 * Takes the bands of gitprotocol-pack(5) ("side-band-64k") apart up to the flush: 1 is data, 2 what people should read,
 * 3 the last words of a server that gives up, which are thrown as `refused`.
 */
export function readBands(packets: Iterator<Packet, void>): Bands {
  const data: Buffer[] = [];
  let messages = '';
  for (let next = packets.next(); !next.done; next = packets.next()) {
    const packet = next.value;
    if (packet === 'flush')
      return { data: Buffer.concat(data), messages: toPlainText(messages, MESSAGES_KEPT) };
    if (typeof packet === 'string') continue;
    const content = packet.subarray(1);
    if (packet[0] === 1) data.push(content);
    else if (packet[0] === 2) messages = (messages + content.toString()).slice(-MESSAGES_KEPT);
    else if (packet[0] === 3)
      throw new GitWireError('refused', toPlainText(`${messages}\n${content.toString()}`));
    else throw new GitWireError('protocol', `the answer has a band ${packet[0]}`);
  }
  throw cutOff();
}
