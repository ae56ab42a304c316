import { z } from 'zod';
import { normaliseLineBreaks, removeInvisible } from '../../core/text/invisible.ts';
import { findMask } from './masked.ts';
import { defineTool, fail, succeed } from './tool.ts';
import { checkWrite } from './write-policy.ts';

export const editFile = defineTool({
  name: 'edit_file',
  description:
    'Replaces a piece of a file. `old` must occur exactly once: give enough of the lines around it.',
  input: z.strictObject({
    path: z.string().min(1).max(1024).describe('Relative to the root of the repository.'),
    old: z.string().min(1).max(500_000).describe('The piece as it stands in the file, to the letter.'),
    new: z.string().max(500_000).describe('What stands there afterwards; empty deletes the piece.'),
  }),
  target: 'path',
  async run(input, context) {
    const answer = checkWrite(input.path, context);
    if (answer.status === 'refused') return fail(answer.reason);
    const masked = await findMask(context.workspace, input.path, input.old + input.new);
    if (masked) return fail(masked);
    const text = await context.workspace.readText(input.path);
    const edit = replaceOnce(text, input);
    if (edit.status === 'refused') return fail(edit.reason);
    await context.workspace.writeText(input.path, edit.text);
    return succeed('changed', input.path);
  },
});

type Edit = { status: 'changed'; text: string } | { status: 'refused'; reason: string };

/** Models write LF: in a file with CRLF both pieces are read as CRLF too. */
export function replaceOnce(text: string, edit: { old: string; new: string }): Edit {
  if (edit.old === edit.new) return { status: 'refused', reason: 'old and new are the same' };
  const isWindows = text.includes('\r\n') && !text.includes(edit.old);
  const [from, to] = isWindows ? [toCrlf(edit.old), toCrlf(edit.new)] : [edit.old, edit.new];
  const first = text.indexOf(from);
  if (first < 0) return { status: 'refused', reason: describeMiss(text, from) };
  const second = text.indexOf(from, first + 1);
  if (second >= 0) {
    const lines = `lines ${lineAt(text, first)} and ${lineAt(text, second)}`;
    return { status: 'refused', reason: `old occurs more than once, at ${lines}: add lines around it` };
  }
  return { status: 'changed', text: text.slice(0, first) + to + text.slice(first + from.length) };
}

function describeMiss(text: string, old: string): string {
  const squeeze = (value: string) => value.replace(/\s+/g, ' ').trim();
  if (squeeze(old) !== '' && squeeze(text).includes(squeeze(old))) {
    return 'old does not occur: only blanks or line breaks differ, read the file again';
  }
  if (removeInvisible(normaliseLineBreaks(text)).text.includes(old)) {
    return 'the piece has invisible characters in the file: replace the whole file with write_file';
  }
  return 'old does not occur in the file: read it again';
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function toCrlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}
