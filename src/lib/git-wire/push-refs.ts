import { encodePack, formatOf } from '../git-object-format.ts';
import type { PushOrder, PushReport, RefReport, RefUpdate } from './git-wire.ts';
import type { WireContext } from './list-refs.ts';
import { cutOff, encodePacket, FLUSH, type Packet, parsePackets, toText } from './pkt-line.ts';
import { readBands } from './side-band.ts';
import { GitWireError, toPlainText } from './wire-error.ts';

/**
 * gitprotocol-pack(5), "Pushing Data To a Server". The values that refs must have are known already, so nobody asks for
 * them first; servers that want to be asked are asked when they say so.
 */
export async function pushRefs(context: WireContext, order: PushOrder): Promise<PushReport> {
  if (order.updates.length > 1 && order.atomic && !(await context.server.receiving()).features.has('atomic'))
    throw new GitWireError('unsupported', 'the server cannot move several refs at once');
  const body = toRequestBody(order);
  try {
    return await send(context, body, order.updates);
  } catch (error) {
    const isOdd = error instanceof GitWireError && !error.mayHaveArrived && ODD.has(error.kind);
    if (!isOdd) throw error;
    await context.server.receiving();
    return await send(context, body, order.updates);
  }
}

const ODD = new Set(['protocol', 'missing']);

function toRequestBody({ updates, objects, atomic }: PushOrder): Buffer {
  const format = formatOf(updates[0]?.to ?? updates[0]?.from ?? '');
  const zero = '0'.repeat(format === 'sha256' ? 64 : 40);
  const features = [
    'report-status side-band-64k',
    ...(atomic && updates.length > 1 ? ['atomic'] : []),
    ...(format === 'sha256' ? ['object-format=sha256'] : []),
  ].join(' ');
  const commands = updates.map(({ ref, from, to }, index) => {
    if (/[\s\0]/.test(ref)) throw new GitWireError('refused', 'not the name of a ref');
    return encodePacket(`${from ?? zero} ${to ?? zero} ${ref}${index === 0 ? `\0 ${features}` : ''}`);
  });
  const needsPack = updates.some(({ to }) => to !== null);
  return Buffer.concat([...commands, FLUSH, ...(needsPack ? [encodePack(objects, format)] : [])]);
}

async function send(
  { http, limits }: WireContext,
  body: Buffer,
  updates: readonly RefUpdate[],
): Promise<PushReport> {
  const { body: answer } = await http.send({
    method: 'POST',
    path: 'git-receive-pack',
    headers: {
      'content-type': 'application/x-git-receive-pack-request',
      accept: 'application/x-git-receive-pack-result',
    },
    body,
    maxBytes: limits.text,
    isRead: false,
  });
  try {
    return readReport(answer, updates);
  } catch (error) {
    if (!(error instanceof GitWireError)) throw error;
    // The server has the order, whatever it says about it.
    throw new GitWireError(error.kind, error.message, { cause: error, mayHaveArrived: true });
  }
}

/** gitprotocol-pack(5), "Report Status". */
function readReport(answer: Buffer, updates: readonly RefUpdate[]): PushReport {
  const { data, messages } = readAnswer(answer);
  let unpacked: boolean | undefined;
  const refs = new Map<string, RefReport>();
  for (const packet of parsePackets(data)) {
    if (typeof packet === 'string') continue;
    const line = toText(packet);
    const [, word, name = '', reason = ''] = /^(unpack|ok|ng) (\S+)(?: (.*))?$/s.exec(line) ?? [];
    if (word === 'unpack') unpacked = name === 'ok';
    else if (word === 'ok') refs.set(name, { ok: true });
    else if (word === 'ng') refs.set(name, { ok: false, reason: toPlainText(reason, 500) });
  }
  if (unpacked === undefined || updates.some(({ ref }) => !refs.has(ref))) throw cutOff();
  return { unpacked, refs, messages };
}

/** In bands, or bare from a server that knows none. */
function readAnswer(answer: Buffer): { data: Buffer; messages: string } {
  const isBare = answer.subarray(4, 10).toString('latin1') === 'unpack';
  return isBare ? { data: answer, messages: '' } : readBands(parsePackets(answer) as Iterator<Packet, void>);
}
