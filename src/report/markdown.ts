/** A body stays below the cap of an intent (30,000 characters) with room for what publishing adds. */
const MAX_BODY = 28_000;

/** Code in a line; backticks inside get longer ones outside (CommonMark 6.1). */
export function code(text: string): string {
  const content = text.replace(/\s+/g, ' ').trim();
  const longest = Math.max(0, ...[...content.matchAll(/`+/g)].map((run) => run[0].length));
  const ticks = '`'.repeat(longest + 1);
  return longest > 0 ? `${ticks} ${content} ${ticks}` : `${ticks}${content || ' '}${ticks}`;
}

/** A fenced block that nothing inside can close (CommonMark 4.5). */
export function fence(text: string, language = 'text'): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map((run) => run[0].length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text.trimEnd()}\n${ticks}`;
}

/** A link where `url` is plainly one for the web; otherwise the text alone. */
export function link(text: string, url: string): string {
  return /^https?:\/\/[^\s()<>[\]"'`\\]+$/.test(url) ? `[${text}](${url})` : text;
}

/** A row of a table; a bar inside a cell is escaped, also in code (GFM 4.10). */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
}

/** Sections with an empty line between; empty ones are left out. */
export function joinSections(sections: readonly (string | null | undefined | false)[]): string {
  return sections.filter((section) => section).join('\n\n');
}

/** A folded part. The title is plain words of ours: platforms show other marks in it as they are. */
export function details(title: string, content: string): string {
  return `<details>\n<summary>${title}</summary>\n\n${content}\n\n</details>`;
}

/**
 * `head` and `tail` whole, and as much of `middle` as fits. What is left out is said, and a fence or folded part that was
 * cut is closed: the reader must never take half a plan for the whole one.
 */
export function fitBody(head: string, middle: string, tail: string, hint: string): string {
  const whole = joinSections([head, middle, tail]);
  if (whole.length <= MAX_BODY) return whole;
  const room = MAX_BODY - head.length - tail.length - hint.length - 100;
  const kept = middle.slice(0, Math.max(0, room)).replace(/\n[^\n]*$/, '');
  return joinSections([head, kept + closeFence(kept) + closeDetails(kept), `**Cut here.** ${hint}`, tail]);
}

function closeFence(text: string): string {
  let open = '';
  for (const [mark = ''] of text.matchAll(/^`{3,}/gm)) {
    if (open === '') open = mark;
    else if (mark.length >= open.length) open = '';
  }
  return open && `\n${open}`;
}

function closeDetails(text: string): string {
  const count = (tag: RegExp) => text.match(tag)?.length ?? 0;
  return '\n\n</details>'.repeat(Math.max(0, count(/^<details>$/gm) - count(/^<\/details>$/gm)));
}
