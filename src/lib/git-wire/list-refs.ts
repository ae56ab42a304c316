import { formatOf, type ObjectFormat } from '../git-object-format.ts';
import type { RefList, WireLimits } from './git-wire.ts';
import type { Http } from './http.ts';
import { DELIMITER, encodePacket, FLUSH, type Packet, parsePackets, toText } from './pkt-line.ts';
import { type Facts, REF_LINE, type ServerFacts } from './server-facts.ts';
import { GitWireError } from './wire-error.ts';

export type WireContext = { http: Http; server: ServerFacts; limits: WireLimits };

export function listRefs(context: WireContext, prefixes: readonly string[]): Promise<RefList> {
  const isAsked = (name: string) => prefixes.some((prefix) => name.startsWith(prefix));
  return context.server.speak('sha1', async (facts) => {
    if (facts.protocol === 2) return await askForRefs(context, facts, prefixes);
    const { refs, features, format } = await context.server.advertise('git-upload-pack');
    if (features.size === 0) return { refs, format: await findFormat(context, format) };
    return { refs: new Map([...refs].filter(([name]) => isAsked(name))), format };
  });
}

/** Before git 2.41 only the side that receives says something about an empty repository, to those who may write. */
function findFormat({ server }: WireContext, likely: ObjectFormat): Promise<ObjectFormat> {
  return server.receiving().then(
    ({ format }) => format,
    () => likely,
  );
}

/** gitprotocol-v2(5), "ls-refs". */
async function askForRefs(
  { http, limits }: WireContext,
  facts: Facts,
  prefixes: readonly string[],
): Promise<RefList> {
  const lines = prefixes.map((prefix) => encodePacket(`ref-prefix ${prefix}\n`));
  const { body } = await http.send({
    ...toCommand('ls-refs', facts, lines),
    maxBytes: limits.text,
  });
  const refs = new Map<string, string>();
  let isWhole = false;
  for (const packet of parsePackets(body)) {
    if (packet === 'flush') isWhole = true;
    if (typeof packet === 'string') continue;
    const [, id, name] = REF_LINE.exec(toText(packet)) ?? [];
    if (!id || !name) throw new GitWireError('protocol', 'the server lists something that is no ref');
    refs.set(name, id);
  }
  if (!isWhole) throw giveUp(body);
  const [id] = refs.values();
  return { refs, format: id ? formatOf(id) : facts.format };
}

/** A request of protocol 2. */
export function toCommand(command: string, { format }: Facts, lines: readonly Buffer[]) {
  const body = Buffer.concat([
    encodePacket(`command=${command}\n`),
    // A server that never heard of formats would not know the word.
    ...(format === 'sha256' ? [encodePacket('object-format=sha256\n')] : []),
    DELIMITER,
    ...lines,
    FLUSH,
  ]);
  return toUploadPack(body, { 'git-protocol': 'version=2' });
}

export function toUploadPack(body: Buffer, headers: Record<string, string> = {}) {
  return {
    method: 'POST',
    path: 'git-upload-pack',
    headers: {
      'content-type': 'application/x-git-upload-pack-request',
      accept: 'application/x-git-upload-pack-result',
      ...headers,
    },
    body,
    isRead: true,
  } as const;
}

/** git that dies tells the log of its server why, and its client nothing. */
export function giveUp(body: Buffer): GitWireError {
  return body.length === 0
    ? new GitWireError('protocol', 'the server gave up without a word')
    : new GitWireError('lost', 'the answer was cut off');
}

export type PacketReader = Iterator<Packet, void>;
