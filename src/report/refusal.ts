import { code, joinSections } from './markdown.ts';
import { toCode, toInline, toPlain } from './untrusted.ts';

/** Commands as our own sentences name them: for a shell, or in backticks. A digest may follow. */
const OWN_COMMAND = /(`?tamma [a-z-]+ --issue (?:\d+|N)(?: [0-9a-f]{16,64}\b)?`?|`tamma [a-z-]+`)/;

/** Why a command was not carried out, and where to look. Names nobody: it stands for everybody who gave the same. */
export function renderRefusal({ command, message }: { command: string; message: string }): string {
  return joinSections([
    `${writeGiven(command)} was not carried out: ${writeReason(message)}.`,
    `Where it stands: ${code('/tamma status')}. It is on record either way.`,
  ]);
}

function writeGiven(command: string): string {
  const isWord = /^[a-z-]{0,21}$/.test(command);
  return isWord ? code(`/tamma ${command}`) : toCode(`/tamma ${command}`);
}

/** A command to give must be one that can be copied; everything around it is made harmless. */
function writeReason(message: string): string {
  const pieces = toPlain(message).split(OWN_COMMAND);
  return pieces.map((piece, index) => (index % 2 === 1 ? writeOwn(piece) : keepBlanks(piece))).join('');
}

function writeOwn(command: string): string {
  return code(`/${command.replaceAll('`', '').replace(/ --issue (?:\d+|N)/, '')}`);
}

function keepBlanks(text: string): string {
  const [, before = '', after = ''] = /^(\s*)[\s\S]*?(\s*)$/.exec(text) ?? [];
  return text.trim() === '' ? before : before + toInline(text) + after;
}
