import { findCode } from './code-ranges.ts';

/** Called for everything taken out. */
export type Count = (kind: string, count: number) => void;

/**
 * Takes out what Markdown and HTML do not show: attributes of tags, media, hidden elements, texts of images, titles
 * of links, definitions. Code stays as it is. One round: taking something out can make the next thing.
 */
export function removeHiddenMarkup(text: string, count: Count): string {
  const withoutElements = replaceOutsideCode(text, elements, count);
  const withoutAttributes = splitHtmlBlocks(withoutElements)
    .map(({ text: block, isHtml }) =>
      isHtml ? replaceAll(block, blockTags, count) : replaceOutsideCode(block, inlineTags, count),
    )
    .join('');
  return replaceOutsideCode(removeImageTexts(withoutAttributes, count), links, count);
}

type Rule = { kind: string; pattern: RegExp; replace: (match: string, first: string) => string };

const drop = () => '';
const bare = (_: string, name: string) => `<${name}>`;

/** What is hidden with everything inside it. */
const HIDDEN =
  'script|style|template|noscript|noembed|noframes|iframe|object|svg|math|audio|video|canvas|title|xmp';
const MEDIA = 'img|picture|source|link|meta|base|input|embed|area|map|track';

/** Attributes as CommonMark 6.6 reads them in running text; what does not fit is shown as text. */
const STRICT =
  '(?:\\s+[A-Za-z_:][\\w.:-]{0,200}(?:\\s*=\\s*(?:[^\\s"\'=<>`]{1,2000}|\'[^\']{0,2000}\'|"[^"]{0,2000}"))?){0,100}\\s*/?';
/** In a block of HTML everything up to the end of the tag goes to the browser, which forgives all (HTML 13.2.5). */
const LENIENT = '(?:[^>"\']|"[^"]{0,4000}"|\'[^\']{0,4000}\'){0,4000}';

const elements: readonly Rule[] = [
  {
    kind: 'html-elements',
    pattern: new RegExp(`<(${HIDDEN})(?=[\\s>/])[^>]{0,4000}>[\\s\\S]*?</\\1\\s*>`, 'gi'),
    replace: drop,
  },
];

const inlineTags: readonly Rule[] = [
  { kind: 'html-elements', pattern: new RegExp(`</?(?:${MEDIA})${STRICT}>`, 'gi'), replace: drop },
  {
    kind: 'html-attributes',
    pattern: new RegExp(`<([A-Za-z][A-Za-z0-9-]{0,60})(?=\\s|/)${STRICT}>`, 'g'),
    replace: bare,
  },
];

const blockTags: readonly Rule[] = [
  {
    kind: 'html-elements',
    pattern: new RegExp(`</?(?:${MEDIA})(?=[\\s>/]|$)${LENIENT}(?:>|$)`, 'gi'),
    replace: drop,
  },
  {
    kind: 'html-attributes',
    pattern: new RegExp(`<(/?[A-Za-z][^\\s/>]{0,60})(?=[\\s/])${LENIENT}(?:>|$)`, 'g'),
    replace: bare,
  },
  {
    kind: 'html-attributes',
    pattern: /<(\/?[A-Za-z][^\s/>]{0,60})(?=[\s/])[^>]{0,4000}(?:>|$)/g,
    replace: bare,
  },
];

const TITLE = '(?:"[^"]{0,2000}"|\'[^\']{0,2000}\'|\\([^()]{0,2000}\\))';
const SPACE = '(?:[ \\t]+(?:\\n[ \\t]*)?|\\n[ \\t]*)';

const links: readonly Rule[] = [
  {
    kind: 'link-titles',
    pattern: new RegExp(`(\\]\\(\\s*(?:<[^<>\\n]{0,2000}>|[^()\\s]{0,2000}))\\s+${TITLE}\\s*\\)`, 'g'),
    replace: (_, link) => `${link})`,
  },
  {
    kind: 'definitions',
    pattern: new RegExp(
      `^[ \\t>]*\\[(?!\\^)[^\\]]{1,999}\\]:[ \\t]*\\n?[ \\t]*\\S{1,2000}(?:${SPACE}${TITLE})?[ \\t]*$\\n?`,
      'gm',
    ),
    replace: drop,
  },
  {
    kind: 'link-titles',
    pattern: new RegExp(`(\\]:[ \\t]*\\n?[ \\t]*\\S{1,2000})${SPACE}${TITLE}`, 'g'),
    replace: (_, definition) => definition,
  },
];

function replaceAll(text: string, rules: readonly Rule[], count: Count): string {
  return rules.reduce(
    (current, { kind, pattern, replace }) =>
      current.replace(pattern, (match: string, first: string) => {
        const replacement = replace(match, first);
        if (replacement !== match) count(kind, 1);
        return replacement;
      }),
    text,
  );
}

function replaceOutsideCode(text: string, rules: readonly Rule[], count: Count): string {
  return rules.reduce((current, rule) => {
    const isCode = findCode(current);
    return current.replace(rule.pattern, (match: string, ...rest: unknown[]) => {
      const offset = rest.find((argument) => typeof argument === 'number') ?? 0;
      const replacement = isCode(offset) ? match : rule.replace(match, String(rest[0] ?? ''));
      if (replacement !== match) count(rule.kind, 1);
      return replacement;
    });
  }, text);
}

/** `![…]` with brackets inside it. A lone one is an image only where a definition makes it one. */
function removeImageTexts(text: string, count: Count): string {
  const isCode = findCode(text);
  const hasDefinitions = /^[ \t>]*\[[^\]]{1,999}\]:/m.test(text);
  let cleaned = '';
  let from = 0;
  for (let start = text.indexOf('!['); start >= 0; start = text.indexOf('![', start + 2)) {
    if (start < from || isCode(start)) continue;
    const end = findClosingBracket(text, start + 1);
    const next = text[end + 1];
    if (end < 0 || !(next === '(' || next === '[' || hasDefinitions)) continue;
    cleaned += `${text.slice(from, start)}[image]`;
    from = end + 1;
    count('image-texts', 1);
  }
  return cleaned + text.slice(from);
}

function findClosingBracket(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < Math.min(text.length, open + 4000); at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '[') depth += 1;
    else if (character === ']') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** Pieces that a Markdown parser may hand on as HTML, and the rest. In doubt it is HTML. */
function splitHtmlBlocks(text: string): { text: string; isHtml: boolean }[] {
  const isCode = findCode(text);
  const pieces: { text: string; isHtml: boolean }[] = [];
  let isHtml = false;
  let isOpenEnded = false;
  let offset = 0;
  for (const line of text.split(/(?<=\n)/)) {
    if (!isOpenEnded && line.trim() === '') isHtml = false;
    else if (!isCode(offset) && /^[\s>*+\-\d.)]*<[A-Za-z/]/.test(line)) isHtml = true;
    if (isHtml && /<(?:pre|script|style|textarea)\b/i.test(line)) isOpenEnded = true;
    const last = pieces.at(-1);
    if (last?.isHtml === isHtml) last.text += line;
    else pieces.push({ text: line, isHtml });
    offset += line.length;
  }
  return pieces;
}
