import { MAX_EVENT_BYTES } from './batch.ts';

/** The largest event, and what a store puts around it: position, hashes, version. */
export const MAX_LINE_BYTES = MAX_EVENT_BYTES + 1024;

export type TextFault = { kind: 'invalid-line'; message: string };

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a line. Strictly: a decoder that puts U+FFFD for what it cannot read would take different bytes for the same
 * line. What is too long is not looked at.
 */
export function decodeLine(bytes: Uint8Array): string | TextFault {
  const { length } = bytes;
  if (length > MAX_LINE_BYTES) return toFault(describeLength(length));
  try {
    return decoder.decode(bytes);
  } catch {
    const start = Buffer.from(bytes.subarray(0, 2)).toString('hex');
    const isWide = start === 'fffe' || start === 'feff';
    return toFault(
      isWide ? 'it is UTF-16; a log is UTF-8' : 'wrong encoding: it holds bytes that are not UTF-8',
    );
  }
}

/** Why a text is no line that a store writes; undefined where JSON alone can tell. */
export function findTextFault(line: string): TextFault | undefined {
  const message = describeText(line);
  return message === undefined ? undefined : toFault(message);
}

function describeText(line: string): string | undefined {
  if (line.length > MAX_LINE_BYTES) return describeLength(Buffer.byteLength(line));
  if (line === '') return 'it is empty';
  if (line.startsWith('\uFEFF')) return 'it begins with a byte order mark (BOM): an editor wrote it';
  if (line.endsWith('\r')) return 'it ends in CR LF, not LF: a tool that converts line ends wrote it';
  if (line.includes('\0')) return 'it holds NUL bytes: UTF-16, or what a crash left behind';
  if (line.startsWith('{"') && !line.endsWith('}')) return 'it is cut off: half a line';
  return undefined;
}

function describeLength(bytes: number): string {
  return `it has ${bytes} bytes; no line of a log has more than ${MAX_LINE_BYTES}`;
}

function toFault(message: string): TextFault {
  return { kind: 'invalid-line', message };
}
