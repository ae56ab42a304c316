import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';

export type Path = readonly (string | number)[];
export type Place = { line: number; column: number };
export type TextProblem = { path: Path; place: Place | null; message: string };

export type ReadText = {
  /** Plain data. Maps are made without setters, so that a key `__proto__` stays a key. */
  value: unknown;
  problems: TextProblem[];
  /** Where a value stands, or the nearest thing around it; `key`: where its key stands. */
  locate(path: Path, what?: 'key' | 'value'): Place | null;
};

export const MAX_BYTES = 64 * 1024;

/**
 * Reads YAML 1.2 (and so JSON) in its strict core form: unique keys, text keys, one document, no aliases or anchors, no merge
 * keys, no tags, at most 64 KiB. Everything wrong is listed in `problems`; never throws for what the text says.
 */
export function readText(text: string): ReadText {
  const reader = createReader(text);
  if (Buffer.byteLength(text) > MAX_BYTES) {
    reader.note([], undefined, `is larger than ${MAX_BYTES / 1024} KiB; a configuration is shorter`);
    return { value: {}, problems: reader.problems, locate: () => null };
  }
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    merge: false,
    strict: true,
    stringKeys: true,
    prettyErrors: false,
    lineCounter: reader.lines,
  });
  const found = [...document.errors, ...document.warnings];
  for (const error of found.slice(0, 20))
    reader.note([], error.pos[0], messages[error.code] ?? `is not valid YAML: ${error.message}`);
  if (found.some((error) => error.code === 'RESOURCE_EXHAUSTION'))
    return { value: {}, problems: reader.problems.slice(0, 1), locate: () => null };
  const value = document.contents ? reader.toValue(document.contents, []) : {};
  return { value: value ?? {}, problems: reader.problems, locate: reader.locate };
}

const messages: Partial<Record<string, string>> = {
  DUPLICATE_KEY: 'the key stands here for the second time; keep one of them',
  MULTIPLE_DOCS: 'a second document begins here; one file holds one configuration',
  NON_STRING_KEY: 'keys must be text',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
  TAG_RESOLVE_FAILED: 'tags (!…) are not supported; write the plain value',
};

function createReader(text: string) {
  const lines = new LineCounter();
  const places = new Map<string, { key: Place | null; value: Place | null }>();
  const problems: TextProblem[] = [];
  const toPlace = (offset: number | undefined): Place | null => {
    if (offset === undefined || text === '') return null;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const note = (path: Path, offset: number | undefined, message: string) => {
    problems.push({ path, place: toPlace(offset), message });
  };

  const toValue = (node: Node, path: Path, keyOffset?: number): unknown => {
    const offset = node.range?.[0];
    places.set(JSON.stringify(path), { key: toPlace(keyOffset ?? offset), value: toPlace(offset) });
    if (isAlias(node)) {
      note(path, offset, 'aliases (*) are not supported; write the value out');
      return null;
    }
    if ('anchor' in node && node.anchor)
      note(path, offset, 'anchors (&) are not supported; write the value out where it is needed');
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, index) => toValue(item as Node, [...path, index]));
    if (isMap(node))
      return Object.fromEntries(
        node.items.filter(isPair).map((pair) => toEntry(pair as Pair<Node, Node | null>, path)),
      );
    return null;
  };

  const toEntry = (pair: Pair<Node, Node | null>, path: Path): [string, unknown] => {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const offset = pair.key.range?.[0];
    if (key === '<<') note([...path, key], offset, 'merge keys (<<) are not supported; write the keys out');
    if (pair.value) return [key, toValue(pair.value, [...path, key], offset)];
    places.set(JSON.stringify([...path, key]), { key: toPlace(offset), value: toPlace(offset) });
    return [key, null];
  };

  const locate = (path: Path, what: 'key' | 'value' = 'value'): Place | null => {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = places.get(JSON.stringify(path.slice(0, length)));
      if (place) return length === path.length ? place[what] : place.key;
    }
    return null;
  };
  return { lines, problems, note, toValue, locate };
}
