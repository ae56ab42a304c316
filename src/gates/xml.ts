const MAX_BYTES = 20_000_000;

/**
 * A report of a tool as plain objects, attributes without prefix and as text; undefined where it is no XML. Entities of
 * a document type are never expanded. `lists`: elements that may repeat and are always given as a list.
 */
export async function parseXml(text: string, lists: readonly string[]): Promise<unknown> {
  if (text.length > MAX_BYTES) return undefined;
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseAttributeValue: false,
    parseTagValue: false,
    processEntities: false,
    isArray: (name) => lists.includes(name),
  });
  try {
    return parser.parse(text);
  } catch {
    return undefined; // a report that was cut off says nothing
  }
}

/** The five entities that XML knows without a document type, and numbers. */
export function decodeEntities(text: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(
    /&(?:(lt|gt|quot|apos|amp)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi,
    (whole, name, decimal, hex) => {
      if (name) return named[name.toLowerCase()] ?? whole;
      const code = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
