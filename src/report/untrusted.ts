import { neutraliseForTerminal, neutraliseMarkdown } from '../core/text/neutralise.ts';
import { truncateEnd } from '../core/text/truncate.ts';
import { code, fence } from './markdown.ts';

/**
 * Texts of issues, models and tools on their way into a rendering. Templates are ours; these fill named slots, so a
 * slot is the only place where foreign text enters. Publishing looks at the whole once more.
 */

const MAX_INLINE = 500;

/** What would open a block of code: it has no end in the same line (CommonMark 4.5). */
const FENCE = /^(?:`{3,}(?=[^`]*$)|~{3,})/;

/** One line of Markdown that does nothing: no mention, reference, foreign link, HTML or quick action, and no block of its own. */
export function toInline(text: string, max = MAX_INLINE): string {
  const line = neutraliseMarkdown(toPlain(text, max).replace(FENCE, (run) => run.replace(/./g, '\\$&')));
  return line.replace(/^[#>+*-](?=\s|$|[-*#>])/, '\\$&').replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2');
}

/** The same as code in a line: paths, names of tests, commands. */
export function toCode(text: string, max = 200): string {
  return neutraliseMarkdown(code(toPlain(text, max)));
}

/** The same as a block of code. */
export function toFence(text: string): string {
  return neutraliseMarkdown(fence(toBlock(text)));
}

/** Text for a block of a terminal: lines stay, control characters do not. */
export function toBlock(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map(neutraliseForTerminal)
    .join('\n');
}

/** One line for a terminal, cut at `max` characters. */
export function toPlain(text: string, max = MAX_INLINE): string {
  // Trimmed last: what goes as invisible may have stood before a blank.
  return truncateEnd(neutraliseForTerminal(text.replace(/\s+/g, ' ')).trim(), max);
}
