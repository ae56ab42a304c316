/** Nobody means more than a week; a wrong clock or a broken gateway does. */
const LONGEST = 7 * 24 * 3600_000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3600_000 };

/**
 * How long the server asks to wait, in milliseconds; undefined where it does not say. Looked for in `retry-after-ms`
 * (both SDKs know it), `retry-after` (RFC 9110 section 10.2.3: seconds or a date, which is judged by the server's own
 * `date`), `retryDelay` of a google.rpc.RetryInfo in the body, and "try again in 1.5s" in the text.
 */
export function readRetryAfter(
  { headers, body, message }: { headers?: Headers | undefined; body?: unknown; message: string },
  now: Date,
): number | undefined {
  const found =
    parseNumber(headers?.get('retry-after-ms')) ??
    parseSeconds(headers?.get('retry-after')) ??
    parseDate(headers?.get('retry-after'), headers?.get('date'), now) ??
    parseRetryInfo(body) ??
    parseText(message);
  return found === undefined ? undefined : Math.min(Math.max(Math.ceil(found), 0), LONGEST);
}

function parseNumber(text: string | null | undefined): number | undefined {
  const value = text?.trim() ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function parseSeconds(text: string | null | undefined): number | undefined {
  const seconds = parseNumber(text);
  return seconds === undefined ? undefined : seconds * 1000;
}

function parseDate(
  text: string | null | undefined,
  sentAt: string | null | undefined,
  now: Date,
): number | undefined {
  const until = Date.parse(text ?? '');
  if (Number.isNaN(until)) return undefined;
  const from = Date.parse(sentAt ?? '');
  return until - (Number.isNaN(from) ? now.getTime() : from);
}

function parseRetryInfo(body: unknown): number | undefined {
  const delay = /"retryDelay":\s*"(\d+(?:\.\d+)?)s"/.exec(JSON.stringify(body ?? null))?.[1];
  return parseSeconds(delay);
}

function parseText(message: string): number | undefined {
  const [, minutes, amount, unit] =
    /try again in (?:(\d+)m)?(\d+(?:\.\d+)?)\s?(ms|s|m|h)\b/i.exec(message) ?? [];
  if (!amount || !unit) return undefined;
  return Number(minutes ?? 0) * 60_000 + Number(amount) * (UNITS[unit.toLowerCase()] ?? 1000);
}
