import { createHash } from 'node:crypto';
import { toBlock, toPlain } from './untrusted.ts';

/** HTML that is complete: what goes into it as text was escaped. Only these functions make it. */
export type Html = { readonly html: string };

/** A template whose values are escaped unless they are HTML already; lists are joined. */
export function html(texts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { html: texts.reduce((so, text, index) => so + toHtml(values[index - 1]) + text) };
}

type HtmlValue = Html | string | number | undefined | readonly Html[];

function toHtml(value: HtmlValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value));
  if ('html' in value) return value.html;
  return value.map((item) => item.html).join('');
}

/** One line of foreign text: what is invisible is shown, and nothing in it is markup. */
export function inline(text: string, max = 500): Html {
  return { html: escapeText(toPlain(text, max)) };
}

/** The same as a block, line by line. */
export function block(text: string): Html {
  return { html: `<pre>${escapeText(toBlock(text))}</pre>` };
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A whole page that loads nothing and runs nothing, wherever it is opened. */
export function toPage({ title, style, body }: { title: string; style: string; body: Html }): string {
  const digest = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
  const head = html`<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="${policy}"><title>${toPlain(title, 200)}</title>`;
  return `<!doctype html>\n<html lang="en"><head>${head.html}<style>${style}</style></head><body>${body.html}</body></html>\n`;
}
