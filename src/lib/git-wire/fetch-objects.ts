import { formatOf } from '../git-object-format.ts';
import type { Fetched, FetchOrder } from './git-wire.ts';
import { giveUp, type PacketReader, toCommand, toUploadPack, type WireContext } from './list-refs.ts';
import { readPack } from './pack.ts';
import { encodePacket, FLUSH, parsePackets, toText } from './pkt-line.ts';
import type { Facts } from './server-facts.ts';
import { readBands } from './side-band.ts';
import { GitWireError } from './wire-error.ts';

export async function fetchObjects(context: WireContext, order: FetchOrder): Promise<Fetched> {
  const [first] = order.wants;
  if (first === undefined) return { objects: [], shallow: [] };
  const format = formatOf(first);
  const { pack, shallow } = await context.server.speak(format, (facts) => askForPack(context, facts, order));
  const objects = await readPack(pack, { format, limits: context.limits, readBase: order.readBase });
  return { objects, shallow };
}

type Answer = { pack: Buffer; shallow: string[] };

async function askForPack({ http, limits }: WireContext, facts: Facts, order: FetchOrder): Promise<Answer> {
  if (order.filter && facts.features && !facts.features.has('filter'))
    throw new GitWireError('unsupported', 'the server does not filter what it sends');
  const request = facts.protocol === 2 ? toFetchCommand(facts, order) : toOldRequest(facts, order);
  const { body } = await http.send({ ...request, maxBytes: limits.pack });
  const packets = parsePackets(body);
  const shallow = facts.protocol === 2 ? readSections(packets, body) : readOldAnswer(packets, body);
  return { pack: readBands(shallow.rest).data, shallow: shallow.ids };
}

function toLines(word: string, ids: readonly string[] = []): Buffer[] {
  return ids.map((id) => encodePacket(`${word} ${id}\n`));
}

/** gitprotocol-v2(5), "fetch". Everything is said at once: there is no negotiation. */
function toFetchCommand(facts: Facts, { wants, haves, shallow, depth, filter, readBase }: FetchOrder) {
  return toCommand('fetch', facts, [
    encodePacket('ofs-delta\n'),
    encodePacket('no-progress\n'),
    ...(readBase ? [encodePacket('thin-pack\n')] : []),
    ...toLines('shallow', shallow),
    ...(depth === undefined ? [] : [encodePacket(`deepen ${depth}\n`)]),
    ...(filter ? [encodePacket(`filter ${filter}\n`)] : []),
    ...toLines('want', wants),
    ...toLines('have', haves),
    encodePacket('done\n'),
  ]);
}

/** gitprotocol-pack(5), "Packfile Negotiation". */
function toOldRequest(facts: Facts, { wants, haves, shallow, depth, filter, readBase }: FetchOrder) {
  const [first, ...others] = wants;
  const features = [
    'side-band-64k ofs-delta no-progress',
    ...(readBase ? ['thin-pack'] : []),
    ...(shallow?.length || depth !== undefined ? ['shallow'] : []),
    ...(filter ? ['filter'] : []),
    ...(facts.format === 'sha256' ? ['object-format=sha256'] : []),
  ];
  return toUploadPack(
    Buffer.concat([
      encodePacket(`want ${first} ${features.join(' ')}\n`),
      ...toLines('want', others),
      ...toLines('shallow', shallow),
      ...(depth === undefined ? [] : [encodePacket(`deepen ${depth}\n`)]),
      ...(filter ? [encodePacket(`filter ${filter}\n`)] : []),
      FLUSH,
      ...toLines('have', haves),
      encodePacket('done\n'),
    ]),
  );
}

type Rest = { ids: string[]; rest: PacketReader };

/** Up to where the pack begins. */
function readSections(packets: PacketReader, body: Buffer): Rest {
  const ids: string[] = [];
  for (let next = packets.next(); !next.done; next = packets.next()) {
    if (typeof next.value === 'string') continue;
    const line = toText(next.value);
    if (line === 'packfile') return { ids, rest: packets };
    addShallow(ids, line);
  }
  throw giveUp(body);
}

/** The lines before the pack are text; those of the pack begin with the number of a band. */
function readOldAnswer(packets: PacketReader, body: Buffer): Rest {
  const ids: string[] = [];
  for (let next = packets.next(); !next.done; next = packets.next()) {
    if (typeof next.value === 'string') continue;
    const begin = next.value[0] ?? 0;
    if (begin < 4) return { ids, rest: putBack(next.value, packets) };
    addShallow(ids, toText(next.value));
  }
  throw giveUp(body);
}

function* putBack(
  first: Buffer,
  packets: PacketReader,
): Generator<Buffer | 'flush' | 'delimiter' | 'end', void> {
  yield first;
  for (let next = packets.next(); !next.done; next = packets.next()) yield next.value;
}

function addShallow(ids: string[], line: string): void {
  const id = /^shallow ([0-9a-f]{40,64})$/.exec(line)?.[1];
  if (id) ids.push(id);
}
