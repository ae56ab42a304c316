import { readFile } from 'node:fs/promises';

export type Annotation = { level: string; properties: Readonly<Record<string, string>>; message: string };
export type Command = { name: string; properties: Record<string, string>; data: string };

/** `name=value` and `name<<DELIMITER` … `DELIMITER`, as in GITHUB_OUTPUT, GITHUB_ENV and GITHUB_STATE. */
export async function readKeyValues(file: string): Promise<Record<string, string>> {
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/);
  const values: Record<string, string> = {};
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const [, name, delimiter] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    const [, key, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && delimiter !== undefined) {
      const end = lines.indexOf(delimiter, index + 1);
      if (end < 0) throw new Error(`no closing delimiter ${delimiter} for ${name}`);
      values[name] = lines.slice(index + 1, end).join('\n');
      index = end;
    } else if (key !== undefined) values[key] = value ?? '';
  }
  return values;
}

const NAMES = [
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
];

const LINE_BREAKS = { '%0D': '\r', '%0A': '\n' };

/**
 * The workflow command in one line of output. Two grammars, as in ActionCommand.cs of actions/runner 2.336:
 * `::name key=value,…::data` after blanks, and `##[name key=value;…]data` anywhere in the line.
 */
export function parseCommand(line: string, names: readonly string[] = NAMES): Command | undefined {
  const [, modern, modernData = ''] = /^\s*::(.*?)::(.*)$/.exec(line) ?? [];
  const [, legacy, legacyData = ''] = /##\[([^\]]*)\](.*)$/.exec(line) ?? [];
  const properties = { ...LINE_BREAKS, '%3A': ':', '%2C': ',' };
  const brackets = { ...LINE_BREAKS, '%3B': ';', '%5D': ']' };
  return (
    (modern === undefined
      ? undefined
      : toCommand(modern, modernData, { names, separator: ',', properties, data: LINE_BREAKS })) ??
    (legacy === undefined
      ? undefined
      : toCommand(legacy, legacyData, { names, separator: ';', properties: brackets, data: brackets }))
  );
}

type Grammar = {
  names: readonly string[];
  separator: string;
  properties: Readonly<Record<string, string>>;
  data: Readonly<Record<string, string>>;
};

function toCommand(info: string, data: string, grammar: Grammar): Command | undefined {
  const [, word = '', rest = ''] = /^([^ ]*)(?: (.*))?$/.exec(info) ?? [];
  const name = word.toLowerCase();
  if (!grammar.names.includes(name)) return undefined;
  const pairs = rest
    .trim()
    .split(grammar.separator)
    .filter((pair) => pair.indexOf('=') > 0);
  const properties = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, equals).toLowerCase(), decode(pair.slice(equals + 1), grammar.properties)];
  });
  return { name, properties: Object.fromEntries(properties), data: decode(data, grammar.data) };
}

/** The percent sign last, as the runner does. */
function decode(text: string, escapes: Readonly<Record<string, string>>): string {
  return Object.entries({ ...escapes, '%25': '%' }).reduce(
    (out, [code, character]) => out.replaceAll(code, character),
    text,
  );
}

export type Obeyed = { annotations: Annotation[]; masks: string[]; outputs: Record<string, string> };

/** What the runner does because of a step's output; nothing between `stop-commands` and its token. */
export function obeyCommands(output: string): Obeyed {
  const obeyed: Obeyed = { annotations: [], masks: [], outputs: {} };
  let resume: string | undefined;
  for (const line of output.split(/\r\n|\r|\n/)) {
    const command = parseCommand(line, resume ? [...NAMES, resume] : NAMES);
    if (!command) continue;
    const { name, properties, data } = command;
    if (resume) resume = name === resume ? undefined : resume;
    else if (name === 'stop-commands') resume = data.toLowerCase();
    else if (name === 'add-mask') obeyed.masks.push(data);
    else if (name === 'set-output') obeyed.outputs[properties.name ?? ''] = data;
    else if (['debug', 'notice', 'warning', 'error'].includes(name)) {
      obeyed.annotations.push({ level: name, properties, message: data });
    }
  }
  return obeyed;
}
