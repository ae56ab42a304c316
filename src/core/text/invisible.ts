/**
 * Characters that a reader does not see: soft hyphen, joiners, fillers, bidirectional controls, variation selectors,
 * byte order mark, interlinear annotation, tags (security.md 7.7a; Unicode 16, Default_Ignorable_Code_Point and Bidi_Control).
 */
const INVISIBLE = [
  '\\u00AD|\\u034F|\\u061C|\\u115F|\\u1160|\\u17B4|\\u17B5|[\\u180B-\\u180F]|[\\u200B-\\u200F]|[\\u202A-\\u202E]|[\\u2060-\\u206F]',
  '\\u3164|[\\uFE00-\\uFE0F]|\\uFEFF|\\uFFA0|[\\uFFF0-\\uFFFB]|[\\u{E0000}-\\u{E0FFF}]',
].join('|');

/** What makes a family or a coloured heart out of several emoji: the only invisible characters that mean something here. */
const EMOJI_GLUE =
  /(?<=\p{Extended_Pictographic}\uFE0F?[\u{1F3FB}-\u{1F3FF}]?)\u200D(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})\uFE0F|(?<=[0-9#*])\uFE0F(?=\u20E3)/u;

const INVISIBLE_OR_GLUE = new RegExp(`(${EMOJI_GLUE.source})|${INVISIBLE}`, 'gu');

/** C0 and C1 without tab and newline, and halves of surrogate pairs. */
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\p{Surrogate}]/gu;

export type VisibleText = { text: string; invisible: number; controls: number };

/** Makes every kind of line break one newline: what one program takes for a blank is a new line to another. */
export function normaliseLineBreaks(text: string): string {
  return text.replace(/\r\n?|[\u2028\u2029\u0085\u000B\u000C]/g, '\n');
}

/** Takes out what cannot be seen and what steers a terminal, and counts it. Emoji keep what joins them. */
export function removeInvisible(text: string): VisibleText {
  let invisible = 0;
  let controls = 0;
  const without = text
    .replace(CONTROL, () => {
      controls += 1;
      return '';
    })
    .replace(INVISIBLE_OR_GLUE, (_, glue: string | undefined) => {
      if (glue) return glue;
      invisible += 1;
      return '';
    });
  return { text: without, invisible, controls };
}
