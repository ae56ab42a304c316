/** Cuts at `max` UTF-16 units and never through a character. */
export function truncateEnd(text: string, max: number, ending = '…'): string {
  if (text.length <= max) return text;
  return sliceWhole(text, 0, Math.max(0, max - ending.length)) + ending.slice(0, max);
}

/**
 * Keeps the beginning and the end, where a log says what was done and how it ended, and says how much is left out
 * between. The answer is never longer than `max` UTF-16 units.
 */
export function truncateMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const note = `\n… ${text.length - max} of ${text.length} characters left out …\n`;
  const room = max - note.length;
  if (room < 2) return truncateEnd(text, max);
  const head = Math.ceil(room / 2);
  return sliceWhole(text, 0, head) + note + sliceWhole(text, text.length - (room - head), text.length);
}

/** The longest beginning that fits into `maxBytes` of UTF-8. */
export function truncateBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1; // inside a character
  return bytes.subarray(0, end).toString();
}

function sliceWhole(text: string, from: number, to: number): string {
  const start = isLowSurrogate(text.charCodeAt(from)) ? from + 1 : from;
  const end = to < text.length && isLowSurrogate(text.charCodeAt(to)) ? to - 1 : to;
  return text.slice(start, Math.max(start, end));
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
