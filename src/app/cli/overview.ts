import { commandTable, type Topic, topics } from './command-table.ts';
import { everywhere, optionRows } from './options.ts';

/** What `tamma --help` says, from the tables alone. */
export function renderOverview(): string {
  const sections = Object.entries(topics).map(([topic, title]) =>
    [title, ...listCommands(topic as Topic), ''].join('\n'),
  );
  return [
    'Tamma: an autonomous development loop that lives in CI. One issue, one step, one record at a time.',
    '',
    'Usage: tamma <command> [options]',
    '',
    ...sections,
    'Options of every command',
    ...everywhere.map((name) => toLine(optionRows[name].flags, optionRows[name].description)),
    '',
    'tamma <command> --help shows all of its options, and an example. Begin with: tamma demo',
    '',
  ].join('\n');
}

function listCommands(topic: Topic): string[] {
  const rows = commandTable.filter((row) => row.topic === topic);
  return rows.map(({ name, args, summary }) => toLine(args ? `${name} ${args}` : name, summary));
}

function toLine(term: string, text: string): string {
  return `  ${term.padEnd(26)} ${text}`;
}

/** Nothing but a call for help. */
export function asksForOverview(argv: readonly string[]): boolean {
  return argv.length === 1 && ['--help', '-h', 'help'].includes(argv[0] ?? '');
}
