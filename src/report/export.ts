import type { LoggedEvent } from '../core/events/event.ts';
import { toLineAgain } from '../core/events/line.ts';

export const exportFormats = ['ndjson', 'json', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

type Events = AsyncIterable<LoggedEvent>;

/** A write for each event would cost more than the event. */
const PIECE_CHARACTERS = 65_536;

/**
 * Events as text, piece by piece: a log of any length is never whole in memory. NDJSON is the lines of the log, byte by
 * byte, so that it can be imported; JSON is the same lines in an array.
 */
export function exportEvents(events: Events, format: ExportFormat): AsyncGenerator<string> {
  return gather({ ndjson: toNdjson, json: toJson, csv: toCsv }[format](events));
}

/** The same text in fewer pieces. */
export async function* gather(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let gathered = '';
  for await (const piece of pieces) {
    gathered += piece;
    if (gathered.length < PIECE_CHARACTERS) continue;
    yield gathered;
    gathered = '';
  }
  if (gathered) yield gathered;
}

async function* toNdjson(events: Events): AsyncGenerator<string> {
  for await (const event of events) yield `${toLineAgain(event)}\n`;
}

async function* toJson(events: Events): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const event of events) {
    yield `${separator}${toLineAgain(event)}`;
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

const columns: Readonly<Record<string, (event: LoggedEvent) => string>> = {
  position: (event) => String(event.position),
  id: (event) => event.id,
  type: (event) => event.type,
  timestamp: (event) => event.timestamp,
  issueId: (event) => event.tags.issueId ?? '',
  runId: (event) => event.tags.runId ?? '',
  stepId: (event) => event.tags.stepId ?? '',
  actorKind: (event) => event.metadata.actor.kind,
  actorId: (event) => event.metadata.actor.id,
  actorLogin: (event) => event.metadata.actor.login,
  correlationId: (event) => event.metadata.correlationId,
  tags: (event) => JSON.stringify(event.tags),
  metadata: (event) => JSON.stringify(event.metadata),
  data: (event) => JSON.stringify(event.data),
  prevHash: (event) => event.prevHash,
  hash: (event) => event.hash,
};

async function* toCsv(events: Events): AsyncGenerator<string> {
  yield toRecord(Object.keys(columns));
  const readers = Object.values(columns);
  for await (const event of events) yield toRecord(readers.map((read) => read(event)));
}

/** RFC 4180: fields in quotes where they need them, quotes doubled, lines end in CR LF. */
function toRecord(fields: readonly string[]): string {
  return `${fields.map(toField).join(',')}\r\n`;
}

/**
 * A field a spreadsheet would run as a formula gets an apostrophe before it, also where it begins with the full-width
 * forms that some of them take for the same (https://owasp.org/www-community/attacks/CSV_Injection).
 */
function toField(text: string): string {
  const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
