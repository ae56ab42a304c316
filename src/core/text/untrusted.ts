export type UntrustedText = {
  /** 128 bits in hex that cannot stand in the text: random, or the digest of the text itself. */
  id: string;
  /** Where the text comes from: `issue.body`, `build.log`, a path. */
  source: string;
  author?: string;
  permission?: string;
  text: string;
};

/**
 * Quotes foreign text for a prompt. `<` is escaped inside, so nothing in it can close the quotation or open another.
 * Throws a plain Error where the id is no 128-bit hex or stands in the text.
 */
export function wrapUntrusted({ id, source, author, permission, text }: UntrustedText): string {
  if (!/^[0-9a-f]{32}$/.test(id)) throw new Error('the id of a quotation is 128 bits in hex');
  if (text.includes(id)) throw new Error('the id of a quotation stands in the quoted text');
  const given = Object.entries({ id, source, author, permission }).flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}="${escapeAttribute(value)}"`],
  );
  return `<untrusted${given.join('')}>\n${text.replaceAll('<', '&lt;')}\n</untrusted>`;
}

function escapeAttribute(value: string): string {
  return value
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .slice(0, 300);
}
