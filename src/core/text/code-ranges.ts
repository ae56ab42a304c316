type Range = { from: number; to: number };

/**
 * Tells which places of a Markdown text are code *beyond doubt*: inside a fence or a code span that no HTML block and
 * no open backtick before it can undo (CommonMark 4.5, 4.6, 6.1). In doubt it is not code.
 */
export function findCode(text: string): (offset: number) => boolean {
  const ranges = listRanges(text);
  return (offset) => {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle]?.to ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return (ranges[low]?.from ?? Number.POSITIVE_INFINITY) <= offset;
  };
}

const FENCE = /^ {0,3}(`{3,}|~{3,})([^\n]*)$/;
/** Blocks of HTML that blank lines do not end: from here on nothing is certain. */
const OPEN_ENDED = /<(?:script|style|pre|textarea)\b|<\?|<!/i;

function listRanges(text: string): Range[] {
  const ranges: Range[] = [];
  let fence: { mark: string; from: number } | undefined;
  let paragraph: { text: string; from: number }[] = [];
  let offset = 0;
  const endParagraph = () => {
    ranges.push(...listSpans(paragraph));
    paragraph = [];
  };
  for (const line of text.split('\n')) {
    const [, mark = '', info = ''] = FENCE.exec(line) ?? [];
    if (fence) {
      if (mark.startsWith(fence.mark) && info.trim() === '') {
        ranges.push({ from: fence.from, to: offset });
        fence = undefined;
      }
    } else if (
      mark &&
      !(mark.startsWith('`') && info.includes('`')) &&
      !paragraph.some(({ text: above }) => above.includes('<'))
    ) {
      endParagraph();
      fence = { mark, from: offset + line.length };
    } else if (line.trim() === '') endParagraph();
    else if (OPEN_ENDED.test(line)) return ranges;
    else paragraph.push({ text: line, from: offset });
    offset += line.length + 1;
  }
  endParagraph();
  return ranges;
}

/** Code spans that open and close in one line, of a paragraph where every backtick finds its partner that way. */
function listSpans(lines: readonly { text: string; from: number }[]): Range[] {
  const ranges: Range[] = [];
  for (const { text, from } of lines) {
    if (/^\s*<[A-Za-z/]/.test(text)) return [];
    const rest = text
      .replace(/\\[\\`]/g, '  ')
      .replace(/(`+)(?!`)(.*?[^`])\1(?!`)/g, (span, _run, _content, at: number) => {
        ranges.push({ from: from + at, to: from + at + span.length });
        return ' '.repeat(span.length);
      });
    if (rest.includes('`')) return [];
  }
  return ranges;
}
