import { toBlock } from '../../../../report/untrusted.ts';
import { getEvent } from '../../../events.ts';
import { type KeptContent, readKept } from '../../../kept-content.ts';
import type { Command } from '../../command.ts';

export const showCommand: Command = async ({ args, options, runtime }) => {
  const { store, content } = await runtime();
  const event = await getEvent(store, args[0] ?? '');
  if (options.content) {
    const kept = await readKept(content, event);
    const text = [toPrintable(JSON.stringify(event, null, 2)), ...kept.map(describeKept)].join('\n');
    return { json: { event, content: kept }, text };
  }
  return { json: event, text: toPrintable(JSON.stringify(event, null, 2)) };
};

function describeKept({ name, digest, text }: KeptContent): string {
  return `\n── ${name} ${digest}\n${text === null ? 'is not kept here, or no more' : toBlock(text)}`;
}

/** JSON escapes C0 by itself, not DEL and C1. */
function toPrintable(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
