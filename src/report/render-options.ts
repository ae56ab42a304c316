import type { LogHead } from '../core/events/chain.ts';
import type { LoopState } from '../core/state.ts';

/** What a rendering has to know besides the state. */
export type RenderOptions = {
  issue: number;
  /** How commands are given where this is read: at a shell (the default), or as a comment. */
  commandPrefix?: CommandPrefix;
  /** The newest head of the log that is known: noted where the log itself cannot be changed. */
  anchor?: LogHead | undefined;
};

export type CommandPrefix = 'tamma' | '/tamma';

/** Where issues are kept as files nobody comments: commands are given at a shell there. */
export function prefixOf({ issueWrites }: { issueWrites: 'api' | 'commit' }): CommandPrefix {
  return issueWrites === 'api' ? '/tamma' : 'tamma';
}

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

/** Who may give a command, as the subject of a sentence. */
export function whoMay({ commandPrefix = 'tamma' }: RenderOptions): string {
  return commandPrefix === '/tamma' ? 'Somebody with write access' : 'A person';
}

/** `https://host/owner/repo`, told by the address of the issue; null where the platform has none. */
export function repositoryUrlOf({ issue }: Pick<LoopState, 'issue'>): string | null {
  return /^(https?:\/\/[^?#\s]+)\/issues\/\d+$/.exec(issue?.url ?? '')?.[1] ?? null;
}

/** The page of a CI run (`<id>.<attempt>`); null for a run elsewhere. */
export function runUrlOf(state: Pick<LoopState, 'issue'>, runId: string): string | null {
  const [, id, attempt] = /^(\d{1,20})\.(\d{1,4})$/.exec(runId) ?? [];
  const repository = repositoryUrlOf(state);
  if (!id || !repository) return null;
  return `${repository}/actions/runs/${id}${attempt === '1' ? '' : `/attempts/${attempt}`}`;
}
