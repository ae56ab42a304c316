import { commandTable, groups } from '../../../src/app/cli/command-table.ts';
import { parseCommandLine } from '../../../src/app/cli/program.ts';

/** What is wrong with a command line as documentation shows it: a command or an option there is not. Placeholders may stand in it. */
export function findCommandFault(line: string): string | undefined {
  const words = line.trim().split(/\s+/).slice(1);
  if (words.length === 0 || words[0]?.startsWith('<') || words[0]?.startsWith('-')) return undefined;
  const row = commandTable.find(({ name }) => ` ${words.join(' ')} `.startsWith(` ${name} `));
  if (!row) return isGroup(words) ? undefined : `there is no command ${words.slice(0, 2).join(' ')}`;
  const help = parseCommandLine([...row.name.split(' '), '--help'], '0.0.0');
  const known = help.kind === 'text' ? help.text : '';
  const flags = line.match(/(?<=\s)--[a-z][a-z-]*/g) ?? [];
  const unknown = flags.find((flag) => !new RegExp(`${flag}(?![a-z-])`).test(known));
  return unknown && `${row.name} has no option ${unknown}`;
}

function isGroup([word = '', ...rest]: readonly string[]): boolean {
  return rest.length === 0 && Object.hasOwn(groups, word);
}
