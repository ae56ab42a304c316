import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/** How a repository names its objects (gitformat-pack(5), git-init(1) --object-format). */
export type ObjectFormat = 'sha1' | 'sha256';

export type NewObject = { id: string; type: 'commit' | 'tree' | 'blob'; content: Buffer };

/** An entry of one tree; `name` has no slash. Mode as git writes it: `40000` is a tree, `100644` a file. */
export type RawTreeEntry = { mode: string; name: string; id: string };

export function createObject(
  type: NewObject['type'],
  content: string | Buffer,
  format: ObjectFormat,
): NewObject {
  const bytes = Buffer.from(content);
  const id = createHash(format).update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
  return { id, type, content: bytes };
}

/** The format that an object id of this length belongs to. */
export function formatOf(id: string): ObjectFormat {
  return id.length === 64 ? 'sha256' : 'sha1';
}

/** Throws a plain Error where it is no tree, whatever its id says: servers need not check what they are given. */
export function parseTree(content: Buffer, format: ObjectFormat): RawTreeEntry[] {
  const idBytes = format === 'sha256' ? 32 : 20;
  const entries: RawTreeEntry[] = [];
  let offset = 0;
  while (offset < content.length) {
    const space = content.indexOf(32, offset);
    const end = content.indexOf(0, offset);
    if (space < offset || end < space || end + 1 + idBytes > content.length)
      throw new Error('an object that calls itself a tree is none');
    entries.push({
      mode: content.subarray(offset, space).toString(),
      name: content.subarray(space + 1, end).toString(),
      id: content.subarray(end + 1, end + 1 + idBytes).toString('hex'),
    });
    offset = end + 1 + idBytes;
  }
  return entries;
}

/** The entries of an object; undefined where it is not there, or no tree. */
export function findEntries(
  object: { id: string; type: string; content: Buffer } | undefined,
): RawTreeEntry[] | undefined {
  if (object?.type !== 'tree') return undefined;
  try {
    return parseTree(object.content, formatOf(object.id));
  } catch {
    return undefined;
  }
}

export function createTree(entries: readonly RawTreeEntry[], format: ObjectFormat): NewObject {
  const sorted = entries.toSorted((a, b) => Buffer.compare(toSortKey(a), toSortKey(b)));
  const parts = sorted.flatMap(({ mode, name, id }) => [
    Buffer.from(`${mode} ${name}\0`),
    Buffer.from(id, 'hex'),
  ]);
  return createObject('tree', Buffer.concat(parts), format);
}

/** git sorts a folder as if its name ended in a slash. */
function toSortKey({ mode, name }: RawTreeEntry): Buffer {
  return Buffer.from(mode === '40000' ? `${name}/` : name);
}

/** A pack of whole objects, without deltas (gitformat-pack(5)); what `git unpack-objects` and a push take. */
export function encodePack(objects: readonly NewObject[], format: ObjectFormat): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const body = objects.flatMap(({ type, content }) => [
    encodeEntryHeader(type, content.length),
    deflateSync(content),
  ]);
  const pack = Buffer.concat([header, ...body]);
  return Buffer.concat([pack, createHash(format).update(pack).digest()]);
}

const packTypes = { commit: 1, tree: 2, blob: 3 } as const;

/** Three bits of type and a size in groups of 4, then 7 bits, lowest first. */
function encodeEntryHeader(type: NewObject['type'], size: number): Buffer {
  const bytes: number[] = [];
  let byte = (packTypes[type] << 4) | (size & 0x0f);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  return Buffer.from([...bytes, byte]);
}
