import { removeHiddenMarkup } from './hidden-markup.ts';
import { normaliseLineBreaks, removeInvisible } from './invisible.ts';
import { truncateBytes } from './truncate.ts';

export type SanitisedText = {
  text: string;
  /** How much was taken out, by kind; kinds that did not occur are absent. */
  removed: Readonly<Record<string, number>>;
};

export const MAX_ITEM_BYTES = 32 * 1024;
export const MAX_TOTAL_BYTES = 128 * 1024;

/**
 * The text of an issue or comment as the model and the approver both see it: without what a reader of the platform
 * would not see (security.md 7.7a). Code keeps its tags; comments go everywhere. May be repeated: the second time
 * changes nothing.
 */
export function sanitiseText(text: string, options: { maxBytes?: number } = {}): SanitisedText {
  const counter = createCounter();
  const plain = removeInvisible(normaliseLineBreaks(text));
  counter.add('control-characters', plain.controls);
  counter.add('invisible-characters', plain.invisible);
  const normal = plain.text.normalize('NFC');
  const cut = truncateBytes(normal, options.maxBytes ?? MAX_ITEM_BYTES);
  counter.add('cut-characters', normal.length - cut.length);
  return { text: cleanUntilStable(cut, counter), removed: counter.counts };
}

/** Several texts of one prompt, in order of importance: what does not fit into the total is cut from the end. */
export function sanitiseTexts(
  texts: readonly string[],
  options: { maxBytes?: number; maxTotalBytes?: number } = {},
): { texts: string[]; removed: Readonly<Record<string, number>> } {
  const counter = createCounter();
  let room = options.maxTotalBytes ?? MAX_TOTAL_BYTES;
  const cleaned = texts.map((text) => {
    const maxBytes = Math.min(options.maxBytes ?? MAX_ITEM_BYTES, room);
    const item = sanitiseText(text, { maxBytes });
    room -= Buffer.byteLength(item.text);
    for (const [kind, count] of Object.entries(item.removed)) counter.add(kind, count);
    return item.text;
  });
  return { texts: cleaned, removed: counter.counts };
}

type Counter = { add(kind: string, count: number): void; counts: Record<string, number> };

function createCounter(): Counter {
  const counts: Record<string, number> = {};
  return {
    counts,
    add(kind, count) {
      if (count > 0) counts[kind] = (counts[kind] ?? 0) + count;
    },
  };
}

/** Taking something out can put two halves of the next thing together. What goes does not come back, so this ends. */
function cleanUntilStable(text: string, counter: Counter): string {
  let before = text;
  for (;;) {
    const after = removeHiddenMarkup(removeComments(before, counter), counter.add);
    if (after === before) return after;
    before = after;
  }
}

/** HTML comments, processing instructions, declarations, CDATA; one that is never closed hides the rest (CommonMark 4.6). */
const COMMENT =
  /<!--[\s\S]*?(?:-->|$)|<\?[\s\S]*?(?:\?>|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<![A-Za-z][^>]*(?:>|$)/g;

function removeComments(text: string, counter: Counter): string {
  return text.replace(COMMENT, () => {
    counter.add('html-comments', 1);
    return '';
  });
}
