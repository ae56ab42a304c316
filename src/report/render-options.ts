/** What a rendering has to know besides the state. */
export type RenderOptions = {
  issue: number;
  /** How commands are given where this is read: at a shell (the default), or as a comment. */
  commandPrefix?: CommandPrefix;
};

export type CommandPrefix = 'tamma' | '/tamma';

/** The exact text a person has to give. A comment stands on its issue already; a shell must be told the number. */
export function writeCommand(
  { issue, commandPrefix = 'tamma' }: RenderOptions,
  command: string,
  ...args: string[]
): string {
  const place = commandPrefix === 'tamma' ? ['--issue', String(issue)] : [];
  return [commandPrefix, command, ...place, ...args].join(' ');
}

/** A command as the log has it (`tamma retry --issue 7`), in the form of the place where it is read. */
export function rewriteCommand(command: string, { commandPrefix = 'tamma' }: RenderOptions): string {
  const bare = command.replace(/^\/?tamma /, '').replace(/ --issue \d+/, '');
  return commandPrefix === '/tamma' ? `/tamma ${bare}` : command;
}
