import { normaliseLineBreaks, removeInvisible } from './invisible.ts';
import { neutraliseLine } from './markdown-line.ts';
import type { MarkdownOptions } from './markdown-options.ts';
import { breakBotTokens, hasClosingKeyword } from './markdown-tokens.ts';
import { truncateEnd } from './truncate.ts';

/** Limits of what leaves, in characters (security.md 7.5.2). */
export const MAX_BODY = 30_000;
export const MAX_COMMENT = 10_000;
export const MAX_TITLE = 120;

/**
 * Foreign text as Markdown that a platform shows and does not act on: no HTML, images, definitions, links to other hosts; mentions,
 * references beside a closing keyword, quick actions and bot commands are shown as code. What counts as code here is
 * written out in the one form that every parser reads the same way. May be repeated: the second time changes nothing.
 */
export function neutraliseMarkdown(text: string, options: MarkdownOptions = {}): string {
  const max = options.maxLength ?? MAX_BODY;
  const clean = cleanText(text);
  let neutral = neutraliseUntilStable(clean, options);
  for (let room = max; neutral.length > max && room > 10; ) {
    room = Math.floor(Math.min(room * 0.9, (room * max) / neutral.length));
    neutral = neutraliseUntilStable(truncateEnd(clean, room), options);
  }
  return neutral.length > max ? '' : neutral;
}

/** An escape that goes can join two halves of something: read again what others would read. */
function neutraliseUntilStable(text: string, options: MarkdownOptions): string {
  let before = text;
  for (let round = 0; round < 8; round += 1) {
    const after = neutraliseBlocks(before, options);
    if (after === before) return after;
    before = after;
  }
  return before.replace(/[^\p{L}\p{N}\s.,]/gu, ' ');
}

function cleanText(text: string): string {
  return removeInvisible(normaliseLineBreaks(text)).text;
}

const FENCE = /^([ \t]*)(`{3,}|~{3,})[ \t]*([^\n]*)$/;
/** Fences that platforms draw, run or offer to apply instead of showing them. */
const DRAWN = /^(?:mermaid|math|geojson|topojson|stl|suggestion|plantuml|kroki|graphviz|dot|json:table)/i;
const FOLDING =
  /^(?:<details>|<\/details>|(?:<details>)?<summary>[\p{L}\p{N} .,:;%()/_’–-]{1,120}<\/summary>)$/u;
/** A row such as `|---|:-:|`, in a list or quotation too: cells are cut before code is recognised (GFM 4.10). */
const TABLE_ROW = /^[\s>*+\d.)|:-]*-[\s>*+\d.)|:-]*$/;

function neutraliseBlocks(text: string, options: MarkdownOptions): string {
  const lines = text.split('\n');
  const context = {
    ...options,
    closes: hasClosingKeyword(text),
    hasTables: lines.some((line) => TABLE_ROW.test(line) && /[|:]/.test(line)),
  };
  const done: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const [, indent = '', mark = '', info = ''] = FENCE.exec(line) ?? [];
    if (mark && !(mark.startsWith('`') && info.includes('`'))) {
      const end = findFenceEnd(lines, at + 1, mark);
      done.push(...toFence(lines.slice(at + 1, end), indent, info, options));
      at = end;
    } else if (options.isTemplate && FOLDING.test(line)) {
      // A block of HTML ends at a blank line; up to there nothing would be read as Markdown.
      done.push(line, ...((lines[at + 1] ?? '').trim() === '' ? [] : ['']));
    } else {
      done.push(neutraliseLine(line, context));
    }
  }
  return done.join('\n');
}

function findFenceEnd(lines: readonly string[], from: number, mark: string): number {
  for (let at = from; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trim();
    if (line.startsWith(mark) && /^(.)\1*$/.test(line)) return at;
  }
  return lines.length;
}

/**
 * At most three blanks of indent, the same for every line: then list items and quotations around it end at the same
 * place for every reader. Longer than any run of backticks inside.
 */
function toFence(
  content: readonly string[],
  indent: string,
  info: string,
  options: MarkdownOptions,
): string[] {
  const pad = ' '.repeat(Math.min(3, indent.replaceAll('\t', '    ').length));
  const longest = Math.max(
    2,
    ...content.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)),
  );
  const fence = '`'.repeat(longest + 1);
  const language = DRAWN.test(info) ? '' : (/^[A-Za-z0-9+#_.-]{1,30}/.exec(info)?.[0] ?? '');
  const inside = content.map((line) => (line.trim() === '' || line.startsWith(pad) ? line : pad + line));
  return [pad + fence + language, ...inside.map((line) => breakBotTokens(line, options)), pad + fence];
}

/** One line for a title or subject: no controls, no mention, no reference but to the own issue, no `[skip ci]`. */
export function neutraliseTitle(
  text: string,
  options: { ownIssue?: number; maxLength?: number } = {},
): string {
  const line = cleanText(text).replace(/\s+/gu, ' ').trim();
  const subject = line.replace(/\s+(?:co-authored|signed-off|reviewed|acked)-by:.*$/i, '');
  const plain = neutralisePlain(subject.replace(/^[\s/]+/, ''), options.ownIssue);
  return truncateEnd(plain, options.maxLength ?? MAX_TITLE).trim();
}

/** A commit message: the same for every line, and no trailer, which git and platforms take as a statement of the author. */
export function neutraliseCommitMessage(text: string, options: { ownIssue?: number } = {}): string {
  const lines = cleanText(text)
    .split('\n')
    .filter(
      (line) =>
        !/^\s*[A-Za-z][A-Za-z0-9-]{1,40}:\s/.test(line) ||
        /^\s*(?:fix|feat|chore|docs|test|refactor|note):/i.test(line),
    )
    .map((line) =>
      neutralisePlain(line, options.ownIssue)
        .replace(/^\s*\//, '')
        .trimEnd(),
    );
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .slice(0, MAX_COMMENT);
}

/** For text that is not Markdown: a blank takes the meaning away and stays readable. */
function neutralisePlain(text: string, ownIssue: number | undefined): string {
  return text
    .replace(/(?<![\p{L}\p{N}])([@＠])(?=[\p{L}\p{N}_])/gu, '$1 ')
    .replace(/(?<![\w./#-])#(\d+)|#(?=\d)/g, (match, number?: string) =>
      number && Number(number) === ownIssue ? match : `# ${number ?? ''}`,
    )
    .replace(/\b(GH-)(\d+)/gi, '$1 $2')
    .replace(/(https?:\/\/\S*\/(?:issues|pulls?|merge_requests|work_items)\/)(?=\d)/gi, '$1 ')
    .replace(/\[(?=(?:skip|no)[ -](?:ci|actions|pipeline)\]|(?:ci|actions)[ -]skip\]|skip azp\])/gi, '[ ')
    .replace(/\*\*\*NO_CI\*\*\*/gi, 'NO_CI')
    .replace(/\bskip-checks:/gi, 'skip-checks :');
}

/** Lines that GitLab would carry out although they came through its API: `/merge`, `/assign …`, outside of fences. */
export function findQuickActions(text: string): string[] {
  let fence = '';
  return normaliseLineBreaks(text)
    .split('\n')
    .filter((line) => {
      const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? '';
      if (fence ? mark.startsWith(fence) : mark) {
        fence = fence ? '' : mark;
        return false;
      }
      return !fence && /^\s*\/[a-z_]+(?:\s|$)/i.test(removeInvisible(line).text);
    })
    .map((line) => line.trim());
}

/** SGR sequences only colour; everything else that begins with ESC is shown, not carried out. */
const COLOUR = /\u001b\[[0-9;:]{0,40}m/g;

function showControls(line: string): string {
  const visible = line
    .replace(COLOUR, '')
    .replace(
      /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g,
      (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
  return removeInvisible(visible).text;
}

/** One line for a terminal: control characters are shown, invisible ones and bidirectional overrides are taken out. */
export function neutraliseForTerminal(line: string): string {
  return showControls(line);
}

/**
 * Text for the log of a CI job. Runners read commands out of it: `::name::` at the start of a line after any blank, `##[name]` and
 * `##vso[…]` anywhere in one (actions/runner ActionCommand.cs; security.md 7.6). Every line gets a mark in front.
 */
export function neutraliseForRunner(text: string): string {
  return normaliseLineBreaks(text)
    .split('\n')
    .map((line) => `| ${showControls(line).replace(/##(?=[A-Za-z]*\[)/g, '## ')}`)
    .join('\n');
}
