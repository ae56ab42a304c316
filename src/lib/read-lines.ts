import { TextDecoder } from 'node:util';

/** What is wrong with a text as lines, and where: `line` counts from 1. */
export class LineError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'LineError';
    this.line = line;
  }
}

/**
 * A stream of bytes as lines without their line feeds, some at a time: UTF-8, each line ended by a line feed, none longer
 * than `maxBytes`, of which no more than that is ever kept. Throws LineError for everything else: a byte order mark, CR LF,
 * other encodings, half a line at the end.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  { maxBytes }: { maxBytes: number },
): AsyncGenerator<string[]> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let line = 1;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(10) + 1;
    if (end > 0) {
      const lines = toLines(Buffer.concat([...rest, chunk.subarray(0, end)]), line, maxBytes);
      rest = [];
      restBytes = 0;
      line += lines.length;
      yield lines;
    }
    if (end === chunk.length) continue;
    restBytes += chunk.length - end;
    if (restBytes > maxBytes) throw tooLong(line, maxBytes);
    rest.push(chunk.subarray(end));
  }
  if (restBytes > 0)
    throw new LineError(line, 'ends without a line feed: the file was cut off, or is not whole yet');
}

function toLines(bytes: Buffer, first: number, maxBytes: number): string[] {
  if (first === 1) checkStart(bytes);
  const lines = decode(bytes, first).split('\n');
  lines.pop();
  lines.forEach((line, index) => {
    if (line.length > maxBytes) throw tooLong(first + index, maxBytes);
    if (line.endsWith('\r')) throw new LineError(first + index, 'ends in CR LF; lines of a log end in LF');
  });
  return lines;
}

function checkStart(bytes: Buffer): void {
  const start = bytes.subarray(0, 3).toString('hex');
  if (start === 'efbbbf') throw new LineError(1, 'begins with a byte order mark, which a log does not have');
  if (start.startsWith('fffe') || start.startsWith('feff'))
    throw new LineError(1, 'is UTF-16; a log is UTF-8');
}

function decode(bytes: Buffer, first: number): string {
  try {
    return createDecoder().decode(bytes);
  } catch {
    throw new LineError(first + countSoundLines(bytes), 'is not UTF-8');
  }
}

function countSoundLines(bytes: Buffer): number {
  let count = 0;
  for (let from = 0; from < bytes.length; count += 1) {
    const end = bytes.indexOf(10, from) + 1;
    try {
      createDecoder().decode(bytes.subarray(from, end));
    } catch {
      return count;
    }
    from = end;
  }
  return count;
}

function createDecoder(): TextDecoder {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
}

function tooLong(line: number, maxBytes: number): LineError {
  return new LineError(line, `is longer than ${maxBytes} bytes, as no line of a log is`);
}
