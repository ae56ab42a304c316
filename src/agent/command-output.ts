import { normaliseLineBreaks, removeInvisible } from '../core/text/invisible.ts';
import { truncateMiddle } from '../core/text/truncate.ts';
import type { CommandResult } from '../ports/sandbox.ts';

/** What a model gets to read of one command, in UTF-16 units. */
const MAX_OUTPUT = 16 * 1024;

/** Colours, cursor movements and titles (ECMA-48; xterm's "Operating System Controls"). */
const ESCAPE_SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** What a command printed, for a prompt or a report: no terminal controls, no secrets, the middle cut out if it is long. */
export function cleanOutput(output: string, redact: (text: string) => string, max: number): string {
  const visible = removeInvisible(normaliseLineBreaks(output.replace(ESCAPE_SEQUENCE, ''))).text;
  return truncateMiddle(redact(visible).trim(), max);
}

/**
 * The answer of `run_command`. The shape is fixed: recorded sessions compare what stands outside of `<output>` to the
 * letter, and inside they pass over what changes from run to run.
 */
export function describeCommandOutput(result: CommandResult, redact: (text: string) => string): string {
  const timedOut = result.timedOut ? '\n(it was stopped at the time limit)' : '';
  return `exit code: ${result.exitCode}\n${wrapOutput(cleanOutput(result.output, redact, MAX_OUTPUT))}${timedOut}`;
}

/** Printed text as data: nothing in it can end the block. */
export function wrapOutput(text: string): string {
  return `<output>\n${text.replace(/<(?=\/?(?:output|untrusted)\b)/gi, '&lt;')}\n</output>`;
}
