import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { TammaError } from '../../core/errors.ts';
import type { LogHead } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import { readLine } from '../../core/events/line.ts';
import { MAX_LINE_BYTES } from '../../core/events/line-text.ts';
import type { ArchivedPart, ArchiveFiles } from '../../ports/log-archive.ts';

/** A line without its line feed, and the event it is. */
export type ArchivedLine = { line: string; event: LoggedEvent };

/** Writes lines as one file, reads it back and compares: what is answered is there, to the byte. */
export async function writePart(
  files: ArchiveFiles,
  name: string,
  lines: AsyncIterable<string>,
): Promise<{ sha256: string; bytes: number }> {
  const written = createHash('sha256');
  async function* toBytes(): AsyncGenerator<Buffer> {
    for await (const line of lines) {
      const bytes = Buffer.from(`${line}\n`);
      written.update(bytes);
      yield bytes;
    }
  }
  const { sha256, bytes } = await files.write(name, compress(toBytes()));
  if ((await digestOf(files, { name, sha256, bytes })) === written.digest('hex')) return { sha256, bytes };
  throw new TammaError('ARCHIVE_FAILED', `${name} in ${files.place} does not hold what was written`);
}

/** Of what is in the file; undefined where that cannot be read. */
async function digestOf(files: ArchiveFiles, file: File): Promise<string | undefined> {
  const read = createHash('sha256');
  try {
    for await (const chunk of decompress(await openFile(files, file))) read.update(chunk);
    return read.digest('hex');
  } catch {
    return undefined;
  }
}

/**
 * The lines of a part, each checked against the one before. Throws LOG_ARCHIVED where its file is not at hand, and
 * LOG_CORRUPT where it is not what the log remembers, at the latest behind its last line.
 */
export async function* readPart(
  files: ArchiveFiles | undefined,
  part: ArchivedPart,
): AsyncGenerator<ArchivedLine> {
  let previous: LogHead = { position: part.first - 1, hash: part.prevHash };
  const place = `archive/${part.name}`;
  let number = 0;
  for await (const line of readPartLines(files, part)) {
    number += 1;
    const event = readLine(line, `${place}, line ${number}`, { position: previous.position + 1, previous });
    yield { line, event };
    previous = event;
  }
  if (previous.position !== part.last || previous.hash !== part.hash) {
    const reason = `it ends at position ${previous.position}, and not as the log remembers it`;
    throw toCorrupt(place, previous.position + 1, reason);
  }
}

/** The same without a look at what they say; the digest of the file is compared all the same. */
export async function* readPartLines(
  files: ArchiveFiles | undefined,
  part: ArchivedPart,
): AsyncGenerator<string> {
  const content = files && (await openFile(files, part));
  if (!content) throw toArchived(part);
  let rest = '';
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
  try {
    for await (const chunk of decompress(content)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      // Zeros pack a thousand to one: a line without an end is not waited for.
      if (rest.length > MAX_LINE_BYTES)
        throw toCorrupt(`archive/${part.name}`, part.first, 'it holds a line that is too long');
      yield* lines;
    }
  } catch (error) {
    throw error instanceof TammaError
      ? error
      : toCorrupt(`archive/${part.name}`, part.first, 'it cannot be unpacked');
  }
  if (rest !== '') throw toCorrupt(`archive/${part.name}`, part.last, 'it ends in the middle of a line');
}

export function toArchived({ name, first, last }: ArchivedPart): TammaError {
  return new TammaError('LOG_ARCHIVED', `Positions ${first} to ${last} of the log were moved to ${name}.`, {
    details: { name, first, last },
  });
}

type File = Pick<ArchivedPart, 'name' | 'sha256' | 'bytes'>;

/** The bytes of a file; at its end they have been compared with what they must be. */
async function openFile(files: ArchiveFiles, file: File & { first?: number; last?: number }) {
  const content = await files.read(file.name);
  if (!content) throw toArchived({ ...file, first: file.first ?? 0, last: file.last ?? 0 } as ArchivedPart);
  return checked(content, file);
}

async function* checked(
  content: AsyncIterable<Uint8Array>,
  { name, sha256 }: File,
): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256');
  for await (const chunk of content) {
    digest.update(chunk);
    yield chunk;
  }
  if (digest.digest('hex') === sha256) return;
  throw toCorrupt(`archive/${name}`, null, 'the file is not the one that was archived');
}

function toCorrupt(place: string, position: number | null, reason: string): TammaError {
  return new TammaError('LOG_CORRUPT', `The log is damaged in ${place}: ${reason}`, {
    help: 'Take that file from another copy of the archive.',
    details: { place, position, reason },
  });
}

/** gzip, so that anybody can read it. The same lines give the same bytes: no name and no time stands in it (RFC 1952). */
function compress(content: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return pipe(content, createGzip());
}

function decompress(content: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  return pipe(content, createGunzip());
}

function pipe(
  content: AsyncIterable<Uint8Array>,
  through: ReturnType<typeof createGzip> | ReturnType<typeof createGunzip>,
): AsyncIterable<Buffer> {
  const source = Readable.from(content);
  source.on('error', (error) => through.destroy(error));
  return source.pipe(through);
}
