import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { TammaError } from '../core/errors.ts';
import { checkNewEvent, type NewEvent } from '../core/events/event.ts';
import { digest, holder } from '../core/events/parts.ts';
import type { AppendCondition } from '../core/events/query.ts';

const item = z.strictObject({
  types: z.array(z.string()).optional(),
  tags: z.record(z.string(), z.string()).optional(),
});

/** First line of a journal; its events follow, one a line. */
const header = z.strictObject({
  kind: z.literal('tamma-journal'),
  v: z.literal(1),
  keptAt: z.iso.datetime(),
  holder,
  /** Where they were to go, for people. */
  place: z.string(),
  /** The newest head this run had seen: a log without it is another log. */
  seen: z.strictObject({ position: z.int().min(0), hash: digest }).nullable(),
  condition: z
    .strictObject({ failIfEventsMatch: z.strictObject({ items: z.array(item) }), after: z.int().min(0) })
    .nullable(),
  why: z.string(),
  /** SHA-256 of the lines of the events, each with its line feed. */
  digest,
});

type Header = z.infer<typeof header>;

/** Events that no store would take, as they were to be appended. */
export type Kept = Omit<Header, 'kind' | 'v' | 'digest' | 'condition'> & {
  condition: AppendCondition | null;
  events: NewEvent[];
};

/** A journal that waits to be delivered. */
export type PendingJournal = Kept & { file: string };

/**
 * Writes the journal into each of the folders that will take it, and answers with its files: there whole and on the disk,
 * or not at all. Throws the first failure where none took it.
 */
export function keepJournal(folders: readonly string[], { events, ...facts }: Kept): string[] {
  const body = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  const head: Header = {
    kind: 'tamma-journal',
    v: 1,
    ...facts,
    condition: toPlainCondition(facts.condition),
    digest: sha256(body),
  };
  const name = `${facts.keptAt.replaceAll(/[:.]/g, '-')}-${events[0]?.id}.ndjson`;
  const failures: unknown[] = [];
  const files = folders.flatMap((folder) => {
    try {
      return [writeWhole(folder, name, `${JSON.stringify(head)}\n${body}`)];
    } catch (error) {
      failures.push(error);
      return [];
    }
  });
  if (files.length === 0) throw failures[0];
  return files;
}

/** The journals of these folders, oldest first; one that stands in several of them once. */
export function listJournals(folders: readonly string[]): string[] {
  const files = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((file) => file.endsWith('.ndjson'));
  const byName = new Map(files.toReversed().map((file) => [basename(file), file]));
  return [...byName.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
}

/**
 * A journal, or what a killed run has left of its calls (`spool.ts`). Throws JOURNAL_DAMAGED where it is not what was
 * written: half of it would be a lie.
 */
export function readJournal(file: string): PendingJournal {
  const text = readText(file);
  const end = text.indexOf('\n') + 1;
  const first = parseJson(text.slice(0, end));
  const spooled = holder.safeParse(first);
  if (spooled.success) return readSpooled(file, spooled.data, text.slice(end));
  const parsed = header.safeParse(first);
  if (!parsed.success) throw damaged(file, 'its first line is not that of a journal');
  const { kind, v, digest: expected, condition, ...facts } = parsed.data;
  const body = text.slice(end);
  if (sha256(body) !== expected) throw damaged(file, 'its events are not those that were written');
  const events = body.split('\n').slice(0, -1).map(parseJson) as NewEvent[];
  return { ...facts, condition: condition as AppendCondition | null, file, events: checked(file, events) };
}

/** Takes the journal out of these folders: once it is delivered, or to `overtaken/` beside it for people to look at. */
export function removeJournal(
  folders: readonly string[],
  name: string,
  how: 'delivered' | 'overtaken',
): void {
  for (const file of folders.map((folder) => join(folder, name)).filter((file) => existsSync(file))) {
    if (how === 'delivered') rmSync(file, { force: true });
    else moveAside(file);
  }
}

function moveAside(file: string): void {
  const folder = join(file, '..', 'overtaken');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    renameSync(file, join(folder, basename(file)));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error; // another process was faster
  }
}

/** Calls of a model that were paid for: they hold whatever came after. A last line the kill cut off is passed over. */
function readSpooled(file: string, by: Header['holder'], body: string): PendingJournal {
  const events = body.split('\n').flatMap((line) => {
    const value = parseJson(line);
    return value === undefined ? [] : [value as NewEvent];
  });
  const why = 'the run was killed';
  const keptAt = events.at(-1)?.timestamp ?? '';
  return {
    file,
    holder: by,
    keptAt,
    place: '',
    seen: null,
    condition: null,
    why,
    events: checked(file, events),
  };
}

function checked(file: string, events: NewEvent[]): NewEvent[] {
  try {
    for (const event of events) checkNewEvent(event);
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
  return events;
}

function writeWhole(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, name);
  const part = `${file}.part`;
  try {
    writeFileSync(part, text, { mode: 0o600, flush: true });
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return file;
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

/** zod wants arrays that it may change. */
function toPlainCondition(condition: AppendCondition | null): Header['condition'] {
  return condition && (structuredClone(condition) as NonNullable<Header['condition']>);
}

function damaged(file: string, why: string): TammaError {
  return new TammaError('JOURNAL_DAMAGED', `the journal ${file} cannot be delivered: ${why}`, {
    details: { file },
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
