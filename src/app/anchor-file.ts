import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TammaError } from '../core/errors.ts';
import { parseAnchor } from '../core/events/anchor-text.ts';
import type { Anchor, LogHead } from '../ports/event-store.ts';

/** Names the file in which every head is noted that was appended, and which is read when the log is opened. */
export const ANCHOR_FILE = 'TAMMA_ANCHOR_FILE';

/**
 * The heads in a file, in their order: one on a line, `<position>:<hash>`, whatever follows it after a space. Empty where
 * there is no such file. Throws ANCHORS_UNREADABLE.
 */
export async function readAnchorFile(path: string): Promise<Anchor[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  });
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const source = `${path}, line ${index + 1}`;
    const anchor = parseAnchor(line.trim().split(/\s/, 1)[0] ?? '', source);
    if (!anchor) throw unreadable(path, `line ${index + 1} is not <position>:<hash>`);
    return [anchor];
  });
}

/** One line more, on the disk before the answer. */
export async function noteAnchor(path: string, { position, hash }: LogHead, at: Date): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${position}:${hash} ${at.toISOString()}\n`, { flush: true });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function unreadable(path: string, why: string): TammaError {
  return new TammaError('ANCHORS_UNREADABLE', `the anchors in ${path} cannot be read: ${why}`);
}
