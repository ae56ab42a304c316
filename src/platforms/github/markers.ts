/** A comment's or an issue's hidden first line: by it we find our own again. Readers do not see it. */
const FORM = /^<!-- tamma:([A-Za-z0-9%._~!'()*-]{1,300}) -->\r?\n?/;

/** GitHub refuses texts above 65536 characters (`body is too long`). */
const MAX_BODY = 65_000;

export function addMarker(marker: string, body: string): string {
  const text = body.length > MAX_BODY ? `${body.slice(0, MAX_BODY - 20)}\n\n… (cut here)` : body;
  return `<!-- tamma:${encodeURIComponent(marker.trim())} -->\n${text}`;
}

/** Only the author tells whether it is really one of ours: anybody can write such a line. */
export function splitMarker(text: string): { marker: string | null; body: string } {
  const found = FORM.exec(text);
  if (!found?.[1]) return { marker: null, body: text };
  try {
    return { marker: decodeURIComponent(found[1]), body: text.slice(found[0].length) };
  } catch {
    return { marker: null, body: text }; // a `%` that encodes nothing: not written by us
  }
}

export function hasMarker(text: string | null | undefined): boolean {
  return splitMarker(text ?? '').marker !== null;
}
