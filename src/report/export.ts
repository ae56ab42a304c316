import type { LoggedEvent } from '../core/events/event.ts';

export const exportFormats = ['ndjson', 'json', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

type Events = AsyncIterable<LoggedEvent>;

/** Events as text, piece by piece: a log of any length is never whole in memory. */
export function exportEvents(events: Events, format: ExportFormat): AsyncGenerator<string> {
  return { ndjson: toNdjson, json: toJson, csv: toCsv }[format](events);
}

async function* toNdjson(events: Events): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}

async function* toJson(events: Events): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const event of events) {
    yield `${separator}${JSON.stringify(event)}`;
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
  for await (const event of events) yield toRecord(Object.values(columns).map((read) => read(event)));
}

/** RFC 4180: fields in quotes where they need them, quotes doubled, lines end in CR LF. */
function toRecord(fields: readonly string[]): string {
  return `${fields.map(toField).join(',')}\r\n`;
}

/** A field a spreadsheet would run as a formula gets an apostrophe before it (OWASP, "CSV Injection"). */
function toField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
