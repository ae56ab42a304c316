import { sha256 } from '../../core/digest.ts';
import { normaliseLineBreaks, removeInvisible } from '../../core/text/invisible.ts';
import { wrapUntrusted } from '../../core/text/untrusted.ts';

/** Prose of others in a prompt: issue, plan, findings. Nothing in it can end the quotation. */
export function wrapSource(source: string, text: string): string {
  const visible = removeInvisible(normaliseLineBreaks(text)).text;
  return wrapUntrusted({ id: toQuotationId(visible), source, text: visible });
}

/**
 * Code of others: every `<` stays, so that what the model copies into an edit is what stands in the file; only our own
 * tag is broken. Characters that nobody can see are left out, and it is said how many.
 */
export function wrapCode(source: string, text: string): string {
  const { text: visible, invisible, controls } = removeInvisible(normaliseLineBreaks(text));
  const frame = wrapUntrusted({ id: toQuotationId(visible), source, text: '' });
  const body = visible.replace(/<(?=\/?untrusted\b)/gi, '&lt;');
  const hidden = invisible + controls;
  const note = hidden > 0 ? `\n(${hidden} invisible characters are not shown)` : '';
  return `${frame.replace('\n\n', () => `\n${body}\n`)}${note}`;
}

/**
 * The id of a quotation is the digest of what is quoted: nobody can write a text that holds its own digest, and the
 * same text gives the same prompt, which recorded sessions rely on.
 */
function toQuotationId(text: string): string {
  return sha256(text).slice(0, 32);
}
