import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { TammaError } from '../../core/errors.ts';
import { MAX_EVENT_BYTES } from '../../core/events/batch.ts';
import { toBody, toHash } from '../../core/events/chain.ts';
import { type LoggedEvent, parseLoggedEvent } from '../../core/events/event.ts';
import { upcast } from '../../core/events/upcasters.ts';
import { LineError, readLines } from '../../lib/read-lines.ts';
import { readIssue } from '../replay.ts';
import type { Runtime } from '../runtime.ts';

/** Envelope and chain around the largest event. */
const MAX_LINE_BYTES = 2 * MAX_EVENT_BYTES;

/**
 * The log of an issue from somewhere else: an export (NDJSON) or the folder of another repository. Throws USAGE for what
 * is neither, with the line that is no event, and ISSUE_NOT_FOUND where it knows nothing of the issue.
 */
export async function readOtherLog(
  path: string,
  issue: number,
  open: (directory: string) => Promise<Runtime>,
): Promise<readonly LoggedEvent[]> {
  const found = await stat(path).catch((cause: Error) => cause);
  if (found instanceof Error) throw usage(`${path} cannot be read: ${found.message}`);
  if (found.isDirectory()) return readRepository(path, issue, open);
  const { own, others } = await readExport(path, String(issue));
  if (own.length > 0) return own;
  throw new TammaError('ISSUE_NOT_FOUND', `${path} knows nothing of issue ${issue}`, {
    help:
      others.size > 0 ? `It has issue ${[...others].slice(0, 20).join(', ')}.` : 'It has no issue at all.',
  });
}

async function readRepository(path: string, issue: number, open: (directory: string) => Promise<Runtime>) {
  const other = await open(path);
  try {
    return await readIssue(other, issue);
  } finally {
    await other.close();
  }
}

/** Of a large export only the events of the issue are kept. */
async function readExport(path: string, issueId: string) {
  const own: LoggedEvent[] = [];
  const others = new Set<string>();
  let number = 0;
  try {
    for await (const lines of readLines(createReadStream(path), { maxBytes: MAX_LINE_BYTES }))
      for (const line of lines) {
        number += 1;
        const event = parseEvent(line, path, number);
        if (event.tags.issueId === issueId) own.push(event);
        else if (event.tags.issueId !== undefined) others.add(event.tags.issueId);
      }
  } catch (error) {
    if (error instanceof LineError) throw usage(`${path}: line ${error.line} ${error.message}`);
    throw error;
  }
  return { own, others };
}

function parseEvent(line: string, path: string, number: number): LoggedEvent {
  try {
    const event = parseLoggedEvent(JSON.parse(line));
    const before = { position: event.position - 1, hash: event.prevHash };
    if (toHash(before, toBody(event)) !== event.hash)
      throw new Error('it was edited, its hash is that of another one');
    return upcast(event);
  } catch (error) {
    throw usage(
      `${path}: line ${number} is no event: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function usage(message: string): TammaError {
  return new TammaError('USAGE', message, {
    help: 'Give a file of `tamma events export --format ndjson`, or the folder of a repository.',
  });
}
