/** The commands of a project, as plain words or as shell text run inside the sandbox; null where there is none. */
export type ProjectCommands = {
  install: string | null;
  build: string | null;
  test: string | null;
  lint: string | null;
  coverage: string | null;
};

type Argv = readonly [string, ...string[]];

/** What a model may run by itself: never `install`, which alone has a network. */
const APPROVED = ['test', 'build', 'lint', 'coverage'] as const satisfies readonly (keyof ProjectCommands)[];

export type CommandMatch = { status: 'approved'; argv: Argv } | { status: 'refused'; reason: string };

/** The commands a model may run, each once, in the order of their use. */
export function listApprovedCommands(commands: ProjectCommands): string[] {
  return [...new Set(APPROVED.flatMap((name) => commands[name] ?? []))];
}

/**
 * A configured command as argv: its words where it is a plain command, else `sh -c` inside the sandbox. Only for texts
 * of the configuration or of detection, never for a model's.
 */
export function toArgv(command: string): Argv {
  const words = splitWords(command);
  return words.status === 'plain' ? words.argv : ['sh', '-c', command];
}

/**
 * A model's command as argv, if it is one of the approved commands, alone or with more arguments. Nothing of it ever
 * reaches a shell: text with shell syntax is refused unless it is an approved command to the letter.
 */
export function matchApprovedCommand(text: string, commands: ProjectCommands): CommandMatch {
  const approved = listApprovedCommands(commands);
  const wanted = text.trim();
  const same = approved.find((command) => command.trim() === wanted);
  if (same !== undefined) return { status: 'approved', argv: toArgv(same) };
  const words = splitWords(wanted);
  if (words.status !== 'plain') return refuse(words.reason, approved);
  const isExtended = approved.some((command) => {
    const known = splitWords(command);
    return known.status === 'plain' && known.argv.every((word, index) => word === words.argv[index]);
  });
  if (isExtended) return { status: 'approved', argv: words.argv };
  return refuse('it is not one of the approved commands', approved);
}

function refuse(reason: string, approved: readonly string[]): CommandMatch {
  const list = approved.map((command) => `\`${command}\``).join(', ');
  return { status: 'refused', reason: `${reason}; approved: ${list || 'none'}` };
}

type Words = { status: 'plain'; argv: Argv } | { status: 'shell'; reason: string };

/** One word: quoted in single or double quotes without anything the shell would expand, or bare. */
const WORD = /^(?:'[^']*'|"[^"$`\\]*"|[^\s'"\\$`;|&<>(){}*?[\]~#!]|[~#!](?<=\S.))+/;

function splitWords(text: string): Words {
  if (/[\r\n\0]/.test(text)) return { status: 'shell', reason: 'it has more than one line' };
  const argv: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const word = WORD.exec(rest)?.[0];
    if (word === undefined) return { status: 'shell', reason: describeSyntax(rest) };
    argv.push(
      word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
    );
    const after = rest.slice(word.length);
    if (after !== '' && !/^[ \t]/.test(after)) return { status: 'shell', reason: describeSyntax(after) };
    rest = after.trimStart();
  }
  const [first, ...others] = argv;
  if (first === undefined) return { status: 'shell', reason: 'it is empty' };
  if (/^[A-Za-z_]\w*=/.test(first)) return { status: 'shell', reason: 'it sets a variable' };
  return { status: 'plain', argv: [first, ...others] };
}

function describeSyntax(rest: string): string {
  return `it has shell syntax at ${JSON.stringify(rest.slice(0, 12))}, and there is no shell`;
}
