/** A command as somebody wrote it, not judged yet. */
export type SaidCommand = { command: string; argument: string };

/** Commands whose words may go on below the first line. */
const TALKATIVE = ['answer', 'revise', 'feedback'];

/**
 * The command in the first line of a comment, in plain ASCII: `/tamma approve 1f2e…`. Undefined where there is none; what
 * else the comment says is no part of it, but for answers and remarks.
 */
export function parseCommand(body: string): SaidCommand | undefined {
  const [first = '', ...rest] = body.split(/\r\n|\r|\n/);
  const found = /^\/tamma[ \t]+([a-z][a-z-]{0,20})(?:[ \t]+(.*))?$/.exec(first.trimEnd());
  if (!found) return /^\/tamma[ \t]*$/.test(first) ? { command: '', argument: '' } : undefined;
  const [, command = '', words = ''] = found;
  const argument = TALKATIVE.includes(command) ? [words, ...rest].join('\n') : words;
  // Copied from a shell: the comment stands on its issue already.
  return { command, argument: argument.replace(/(?:^|\s)--issue[ =]\d+(?=\s|$)/, ' ').trim() };
}
