import { Command as Commander, CommanderError, Option } from 'commander';
import { TammaError } from '../../core/errors.ts';
import type { Options } from './command.ts';
import { type CommandRow, commandTable, groups } from './command-table.ts';
import { everywhere, type OptionName, type OptionRow, optionRows } from './options.ts';
import { renderOverview } from './overview.ts';

/** What the command line asks for: a command, or a text such as help. */
export type Request =
  | { kind: 'command'; row: CommandRow; args: string[]; options: Options }
  | { kind: 'text'; text: string };

/** Reads the command line. Throws USAGE, with what was probably meant, for everything that is no command of ours. */
export function parseCommandLine(argv: readonly string[], version: string): Request {
  let request: Request | undefined;
  const printed: string[] = [];
  const program = createProgram(version, printed, (row, args, options) => {
    request = { kind: 'command', row, args, options };
  });
  try {
    program.parse(argv, { from: 'user' });
  } catch (thrown) {
    return answer(thrown, printed, argv);
  }
  return request ?? { kind: 'text', text: printed.join('') };
}

function answer(thrown: unknown, printed: readonly string[], argv: readonly string[]): Request {
  if (!(thrown instanceof CommanderError)) throw thrown;
  if (thrown.exitCode === 0) return { kind: 'text', text: printed.join('') };
  if (thrown.code === 'commander.help') throw missingCommand(argv);
  const [message = '', ...hints] = thrown.message.replace(/^error: /, '').split('\n');
  const hint = hints.join(' ').replace(/^\(|\)$/g, '');
  throw new TammaError(
    'USAGE',
    message,
    hint ? { help: `${hint} \`tamma --help\` lists the commands.` } : {},
  );
}

function missingCommand(argv: readonly string[]): TammaError {
  const group = argv.find((word) => Object.hasOwn(groups, word));
  const names = commandTable.map(({ name }) => name).filter((name) => !group || name.startsWith(`${group} `));
  const help = `Give one of: ${names.join(', ')}. Begin with \`tamma demo\` or \`tamma doctor\`.`;
  return new TammaError('USAGE', `${group ? `tamma ${group}` : 'tamma'} needs a command`, { help });
}

type OnCommand = (row: CommandRow, args: string[], options: Options) => void;

function createProgram(version: string, printed: string[], onCommand: OnCommand): Commander {
  const program = prepare(new Commander('tamma'), printed)
    .configureHelp({ formatHelp: renderOverview })
    .version(version, '-V, --version');
  addOptions(program, everywhere);
  const parents = new Map<string, Commander>();
  for (const row of commandTable) {
    const [first = '', second] = row.name.split(' ');
    const parent = second ? (parents.get(first) ?? addGroup(program, first, printed)) : program;
    if (second) parents.set(first, parent);
    addCommand(parent, row, second ?? first, printed, onCommand);
  }
  return program;
}

/** commander prints nothing and ends nothing by itself: texts are collected, mistakes are thrown. */
function prepare(command: Commander, printed: string[]): Commander {
  return command
    .exitOverride()
    .configureOutput({ writeOut: (text) => printed.push(text), writeErr: () => {}, outputError: () => {} })
    .configureHelp({ showGlobalOptions: false, subcommandTerm: describeTerm });
}

/** Name and arguments; that a command has options goes without saying. */
function describeTerm(command: Commander): string {
  const args = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...args].join(' ');
}

function addGroup(program: Commander, name: string, printed: string[]): Commander {
  const group = prepare(new Commander(name), printed).description(groups[name] ?? '');
  program.addCommand(group);
  return group;
}

function addCommand(
  parent: Commander,
  row: CommandRow,
  name: string,
  printed: string[],
  onCommand: OnCommand,
): void {
  const command = prepare(new Commander(name), printed)
    .description(row.summary)
    .addHelpText('after', `\nExample:\n  $ ${row.example}`);
  if (row.args) command.argument(row.args);
  addOptions(command, [...(row.options ?? []), ...everywhere]);
  command.action((...given: unknown[]) => {
    const args = given
      .slice(0, -2)
      .flat()
      .filter((value) => typeof value === 'string');
    onCommand(row, args, command.optsWithGlobals<Options>());
  });
  parent.addCommand(command);
}

function addOptions(command: Commander, names: readonly (OptionName | `${OptionName}!`)[]): void {
  for (const name of names) {
    const row: OptionRow = optionRows[name.replace('!', '') as OptionName];
    const option = new Option(row.flags, row.description);
    if (row.parse) option.argParser(row.parse);
    if (row.choices) option.choices(row.choices);
    if (name.endsWith('!')) option.makeOptionMandatory();
    command.addOption(option);
  }
}
