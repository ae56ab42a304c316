import { TammaError } from '../errors.ts';
import { checkLink, type LogHead, toBody, toCanonical } from './chain.ts';
import { type LoggedEvent, parseLoggedEvent } from './event.ts';
import { findTextFault, MAX_LINE_BYTES } from './line-text.ts';

export type LineFault = { kind: 'invalid-line' | 'schema'; message: string };

/** One event as one line, without its line feed: the RFC 8785 form, so that equal events are equal bytes everywhere. */
export function toLine(event: LoggedEvent): string {
  return toCanonical(event);
}

/** The same of an event that was read from a line: it is written anew only where its keys have lost their order. */
export function toLineAgain(event: LoggedEvent): string {
  return isSorted(event) ? JSON.stringify(event) : toCanonical(event);
}

/**
 * The event of a line, or what is wrong with it. A line that is not in canonical form (spaces, keys twice, other
 * escapes) was not written by a store, even where it means the same.
 */
export function parseLine(line: string): LoggedEvent | LineFault {
  if (line.length > MAX_LINE_BYTES) return toTextFault(line, '');
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return toTextFault(line, `not JSON: ${toMessage(error)}`);
  }
  try {
    const event = parseLoggedEvent(value);
    if (isCanonical(value, line)) return event;
  } catch (error) {
    return { kind: 'schema', message: toMessage(error) };
  }
  return toTextFault(line, 'not in the form a store writes (RFC 8785)');
}

/**
 * The event of a line that a reader relies on: well formed, unedited and where it belongs. `previous` is the event
 * before it where that is known; else only `position` is compared. Throws LOG_CORRUPT with place and reason.
 */
export function readLine(
  line: string,
  place: string,
  expected: { position: number; previous?: LogHead },
): LoggedEvent {
  const event = parseLine(line);
  if (isLineFault(event)) throw toCorrupt(place, expected.position, event.message);
  const previous = expected.previous ?? { position: expected.position - 1, hash: event.prevHash };
  const fault = checkLink(event, previous, cutBody(line, event));
  if (fault) throw toCorrupt(place, expected.position, fault.message);
  return event;
}

/**
 * `toBody(event)`, cut out of its canonical line instead of written anew. Whatever `data` holds: of several places that
 * look alike, the last is that of the event itself, since tags are texts and metadata has no `hash`.
 */
export function cutBody(line: string, event: LoggedEvent): string {
  const { hash, id, position, prevHash } = event;
  const own = `,"position":${position},"prevHash":"${prevHash}","tags":{`;
  const ownAt = line.lastIndexOf(own);
  const hashAt = line.lastIndexOf(`,"hash":"${hash}","id":"${id}",`, ownAt);
  if (ownAt < 0 || hashAt < 0 || !line.endsWith(',"v":1}')) return toBody(event);
  const afterHash = hashAt + ',"hash":""'.length + hash.length;
  const afterOwn = ownAt + own.length - ',"tags":{'.length;
  return `${line.slice(0, hashAt)}${line.slice(afterHash, ownAt)}${line.slice(afterOwn, -7)}}`;
}

/**
 * The other way: the line of a body and its place. A text that is no body is given back as it is; reading it tells what is
 * wrong.
 */
export function joinLine(body: string, place: Pick<LoggedEvent, 'position' | 'prevHash' | 'hash'>): string {
  const tagsAt = body.lastIndexOf(',"tags":{');
  const metadataAt = body.lastIndexOf(',"metadata":{', tagsAt);
  const idAt = body.lastIndexOf(',"id":"', metadataAt);
  if (idAt < 0 || !body.endsWith('"}')) return body;
  const { position, prevHash, hash } = place;
  const own = `,"position":${position},"prevHash":"${prevHash}"`;
  return `${body.slice(0, idAt)},"hash":"${hash}"${body.slice(idAt, tagsAt)}${own}${body.slice(tagsAt, -1)},"v":1}`;
}

/**
 * Whether a line is the RFC 8785 form of its value. JSON.stringify writes numbers and texts in that form (RFC 8785,
 * section 3.2.2), so only the order of keys is left to be looked at; half of a surrogate pair it would let through, and
 * a key `__proto__` is treated differently by different copies.
 */
function isCanonical(value: unknown, line: string): boolean {
  if (line.includes('\\ud') || line.includes('"__proto__"')) return toCanonical(value) === line;
  // JavaScript moves keys that are whole numbers to the front: what looks wrong here is looked at again.
  return (JSON.stringify(value) === line && isSorted(value)) || toCanonical(value) === line;
}

/** Keys in the order of their UTF-16 code units, which is how JavaScript compares texts. */
function isSorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isSorted);
  let last = '';
  for (const key in value) {
    if (key < last || !isSorted((value as Record<string, unknown>)[key])) return false;
    last = key;
  }
  return true;
}

/** LOG_CORRUPT for whoever had to read on. */
export function toCorrupt(place: string, position: number, reason: string): TammaError {
  return new TammaError('LOG_CORRUPT', `The log is damaged at position ${position}, ${place}: ${reason}`, {
    details: { position, place, reason },
  });
}

function toTextFault(line: string, message: string): LineFault {
  return findTextFault(line) ?? { kind: 'invalid-line', message };
}

export function isLineFault(parsed: LoggedEvent | LineFault): parsed is LineFault {
  return 'kind' in parsed;
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
