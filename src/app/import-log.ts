import { TammaError } from '../core/errors.ts';
import { MAX_BATCH_EVENTS } from '../core/events/batch.ts';
import { checkLink, GENESIS, type LogHead } from '../core/events/chain.ts';
import type { LoggedEvent, NewEvent } from '../core/events/event.ts';
import { cutBody, isLineFault, parseLine } from '../core/events/line.ts';
import { MAX_LINE_BYTES } from '../core/events/line-text.ts';
import { LineError, readLines } from '../lib/read-lines.ts';
import type { EventStore, ImportedLine } from '../ports/event-store.ts';

/** Reads the bytes from their beginning; called more than once. */
export type LineSource = { name: string; open(): AsyncIterable<Uint8Array> };

export type ImportOptions = {
  /** Everything is checked, nothing is written. */
  dryRun?: boolean;
  onProgress?: (phase: 'checked' | 'imported', events: number) => void;
};

export type ImportReport = {
  /** Events of the file; `already` of them were in the log before. */
  events: number;
  already: number;
  imported: number;
  head: LogHead;
};

/** What one call of a store takes: large enough that a call costs nothing beside it. */
const CHUNK_EVENTS = 2000;

/**
 * Takes a log over as it is: positions, hashes, bytes. All of the file is checked first; then it must go on where the log
 * ends, be a beginning of it, or hold all of it as its beginning. Repeated after a cut, it goes on where it was. Throws
 * IMPORT_REFUSED, with the line, for a file that is no whole log, and for one that tells another story.
 */
export async function importLog(
  store: EventStore,
  source: LineSource,
  { dryRun = false, onProgress = () => {} }: ImportOptions = {},
): Promise<ImportReport> {
  const head = await store.head();
  const file = await checkFile(source, head.position, (events) => onProgress('checked', events));
  const overlap = Math.min(head.position, file.last.position);
  if (file.first > head.position + 1)
    throw refuse(
      source,
      `it begins at position ${file.first}, and ${store.place} ends at ${head.position}: import what is between them first`,
    );
  if (overlap > 0) await compareAt(store, source, { position: overlap, hash: file.hashAtHead, file });
  const already = Math.max(0, overlap - file.first + 1);
  const wanted = { events: file.events, already, imported: file.events - already };
  if (dryRun || wanted.imported === 0) return { ...wanted, imported: dryRun ? wanted.imported : 0, head };
  await write(store, source, { head, onProgress });
  return { ...wanted, head: await checkEnd(store, source, file.last) };
}

/** `hashAtHead`: of the event at the position where the log ends, or of the last one where the file ends before. */
type CheckedFile = { events: number; first: number; last: LogHead; hashAtHead: string };

async function checkFile(
  source: LineSource,
  headPosition: number,
  onProgress: (events: number) => void,
): Promise<CheckedFile> {
  const ids = new Set<string>();
  let first = 0;
  let last = GENESIS;
  let hashAtHead = '';
  for await (const chunk of readChunks(source)) {
    for (const { event } of chunk) {
      first ||= event.position;
      if (ids.has(event.id))
        throw refuse(
          source,
          `the id ${event.id} is there twice, the second time at position ${event.position}`,
        );
      ids.add(event.id);
      if (event.position <= headPosition) hashAtHead = event.hash;
      last = { position: event.position, hash: event.hash };
    }
    onProgress(ids.size);
  }
  if (ids.size === 0) throw refuse(source, 'it holds no event');
  return { events: ids.size, first, last, hashAtHead };
}

const NO_START = { message: 'position 1 names an event before it, and there is none' };

/**
 * The file's lines, each checked: canonical, of its schema, linked to the one before. `again`: they were, and only the
 * chain is looked at, which holds all the same.
 */
async function* readChunks(source: LineSource, { again = false } = {}): AsyncGenerator<ImportedLine[]> {
  const parse = again ? (line: string) => JSON.parse(line) as LoggedEvent : parseLine;
  let previous: LogHead | undefined;
  let number = 0;
  try {
    for await (const lines of readLines(source.open(), { maxBytes: MAX_LINE_BYTES })) {
      const chunk = lines.map((line): ImportedLine => {
        number += 1;
        const event = parse(line);
        if (isLineFault(event)) throw new LineError(number, event.message);
        const before: LogHead = previous ?? { position: event.position - 1, hash: event.prevHash };
        const isStart = before.position === 0 && before.hash !== GENESIS.hash;
        const fault = isStart ? NO_START : checkLink(event, before, cutBody(line, event));
        if (fault) throw new LineError(number, fault.message);
        previous = { position: event.position, hash: event.hash };
        return { line, event };
      });
      yield* split(chunk);
    }
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    throw refuse(source, `line ${error.line}: ${error.message}`, error);
  }
}

function* split(lines: ImportedLine[]): Generator<ImportedLine[]> {
  for (let from = 0; from < lines.length; from += CHUNK_EVENTS) yield lines.slice(from, from + CHUNK_EVENTS);
}

type Overlap = { position: number; hash: string; file: CheckedFile };

/** One hash stands for everything before it; only where it differs is it worth looking for the place. */
async function compareAt(
  store: EventStore,
  source: LineSource,
  { position, hash, file }: Overlap,
): Promise<void> {
  for await (const event of store.read({ items: [] }, { after: position - 1, until: position }))
    if (event.hash === hash) return;
  const differs = await findDifference(store, source, file);
  throw refuse(
    source,
    `it tells another story than ${store.place} from position ${differs} on: nothing is merged, and nothing was written`,
  );
}

async function findDifference(
  store: EventStore,
  source: LineSource,
  { first, last }: CheckedFile,
): Promise<number> {
  const range = { after: first - 1, until: last.position, unchecked: true };
  const logged = store.read({ items: [] }, range)[Symbol.asyncIterator]();
  try {
    for await (const chunk of readChunks(source, { again: true })) {
      for (const { event } of chunk) {
        const { value, done } = await logged.next();
        if (done || value.hash !== event.hash) return event.position;
      }
    }
  } finally {
    await logged.return?.();
  }
  return last.position;
}

type Writing = { head: LogHead } & Required<Pick<ImportOptions, 'onProgress'>>;

async function write(store: EventStore, source: LineSource, { head, onProgress }: Writing): Promise<void> {
  let imported = 0;
  let gathered: ImportedLine[] = [];
  const flush = async () => {
    if (gathered.length === 0) return;
    await writeChunk(store, source, gathered);
    imported += gathered.length;
    onProgress('imported', imported);
    gathered = [];
  };
  for await (const chunk of readChunks(source, { again: true })) {
    gathered.push(...chunk.filter(({ event }) => event.position > head.position));
    if (gathered.length >= CHUNK_EVENTS) await flush();
  }
  await flush();
}

async function writeChunk(
  store: EventStore,
  source: LineSource,
  lines: readonly ImportedLine[],
): Promise<void> {
  if (store.importLines) {
    await store.importLines(lines);
    return;
  }
  for (let from = 0; from < lines.length; from += MAX_BATCH_EVENTS)
    await appendChunk(store, source, lines.slice(from, from + MAX_BATCH_EVENTS));
}

/** The same events on the same head have the same hashes: what a store writes itself are these very lines. */
async function appendChunk(
  store: EventStore,
  source: LineSource,
  lines: readonly ImportedLine[],
): Promise<void> {
  const events = lines.map(({ event: { v, position, prevHash, hash, ...event } }) => event as NewEvent);
  const [first, last] = [lines[0]?.event, lines.at(-1)?.event];
  if (!first || !last) return;
  const condition = { failIfEventsMatch: { items: [] }, after: first.position - 1 };
  const result = await store.append(events, condition);
  if (result.status === 'conflict' || result.hash !== last.hash)
    throw new TammaError(
      'LOG_CONFLICT',
      `somebody wrote to ${store.place} while ${source.name} was imported`,
    );
}

async function checkEnd(store: EventStore, source: LineSource, last: LogHead): Promise<LogHead> {
  const head = await store.head();
  if (head.position > last.position || head.hash === last.hash) return head;
  throw refuse(
    source,
    `${store.place} ends at ${head.position} now, and not with the last event of the file`,
  );
}

function refuse({ name }: LineSource, why: string, cause?: unknown): TammaError {
  return new TammaError('IMPORT_REFUSED', `${name} cannot be imported: ${why}`, { cause });
}
