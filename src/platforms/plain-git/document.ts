/**
 * The outer form of an issue file: front matter and text, again and again. A line `---` begins a document only where
 * front matter with one of our keys follows, so a horizontal rule in somebody's text stays text. In what we write every
 * line that could be read as one carries a backslash, which reading takes off again: nothing that came from outside can
 * become a document of its own.
 */
export type RawDocument = {
  /** YAML, without the `---` lines. */
  header: string;
  /** 1-based line of the header's first line in the file; 0 for a document that is not in a file yet. */
  headerLine: number;
  /** As it stands in the file: escaped. */
  body: string;
  /** The document's exact text, kept while nobody changes it. Undefined for one that is to be written. */
  raw?: string;
};

export type RawFile = { byteOrderMark: boolean; lineEnd: '\n' | '\r\n'; documents: RawDocument[] };

/** What is wrong with a file, and where; the caller knows its name. */
export class FormatError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'FormatError';
    this.line = line;
  }
}

const SEPARATOR = /^---[ \t]*$/;
const ESCAPED = /^\\+---[ \t]*$/;
const OUR_KEY = /^(?:author|createdAt|kind)[ \t]*:(?:[ \t]|$)/;

/** Throws FormatError where there is no front matter. CRLF and a byte order mark are remembered and written again. */
export function splitDocuments(text: string): RawFile {
  const byteOrderMark = text.startsWith('\uFEFF');
  const lines = toLines(byteOrderMark ? text.slice(1) : text);
  const first = lines.findIndex((line) => line.trim() !== '');
  if (first < 0 || !SEPARATOR.test(lines[first] ?? '')) {
    throw new FormatError(
      Math.max(first, 0) + 1,
      'the file does not begin with front matter; write a line `---`, then `title: …`, then `---`',
    );
  }
  const headerEnd = lines.findIndex((line, index) => index > first && SEPARATOR.test(line));
  if (headerEnd < 0)
    throw new FormatError(first + 1, 'the front matter is not closed; write a line `---` after its last key');
  const starts = [first, ...findStarts(lines, headerEnd + 1)];
  const documents = starts.map((start, index) => {
    const end = starts[index + 1] ?? lines.length;
    return cutDocument(lines, start, end, index === 0 ? headerEnd : findHeaderEnd(lines, start));
  });
  return { byteOrderMark, lineEnd: text.includes('\r\n') ? '\r\n' : '\n', documents };
}

export function joinDocuments(file: RawFile): string {
  const text = file.documents.map((document) => document.raw ?? formatDocument(document)).join('\n');
  const ended = `${text.replace(/\n+$/, '')}\n`;
  return (
    (file.byteOrderMark ? '\uFEFF' : '') + (file.lineEnd === '\n' ? ended : ended.replaceAll('\n', '\r\n'))
  );
}

/** Text on its way into a document: one kind of line end, no blank edges, and no line that could end the document. */
export function escapeBody(text: string): string {
  return normaliseBody(text)
    .split('\n')
    .map((line) => (SEPARATOR.test(line) || ESCAPED.test(line) ? `\\${line}` : line))
    .join('\n');
}

export function unescapeBody(body: string): string {
  return body
    .split('\n')
    .map((line) => (ESCAPED.test(line) ? line.slice(1) : line))
    .join('\n');
}

/** The form in which a text comes back: what a reader cannot see is not kept. */
export function normaliseBody(text: string): string {
  return toLines(Buffer.from(text).toString())
    .join('\n')
    .replace(/^(?:[ \t]*\n)+/, '')
    .replace(/[ \t\n]+$/, '');
}

function formatDocument({ header, body }: RawDocument): string {
  return `---\n${header.replace(/\n+$/, '')}\n---\n${body === '' ? '' : `${body}\n`}`;
}

function cutDocument(lines: readonly string[], start: number, end: number, headerEnd: number): RawDocument {
  return {
    header: lines.slice(start + 1, headerEnd).join('\n'),
    headerLine: start + 2,
    body: normaliseBody(lines.slice(headerEnd + 1, end).join('\n')),
    raw: lines.slice(start, end).join('\n'),
  };
}

function findStarts(lines: readonly string[], from: number): number[] {
  const starts: number[] = [];
  for (let index = from; index < lines.length; index += 1) {
    if (!SEPARATOR.test(lines[index] ?? '')) continue;
    const headerEnd = findHeaderEnd(lines, index);
    if (!lines.slice(index + 1, headerEnd).some((line) => OUR_KEY.test(line))) continue;
    starts.push(index);
    index = headerEnd;
  }
  return starts;
}

/** The line that ends the header: `---`, or a blank line where somebody left that out. */
function findHeaderEnd(lines: readonly string[], start: number): number {
  const end = lines.findIndex((line, index) => index > start && (SEPARATOR.test(line) || line.trim() === ''));
  return end < 0 ? lines.length : end;
}

function toLines(text: string): string[] {
  return text.replace(/\r\n?/g, '\n').split('\n');
}
