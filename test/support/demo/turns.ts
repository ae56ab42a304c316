import type { ScriptedAnswer } from '../scripted-provider.ts';

type Call = { name: string; input: unknown };

/** One turn of a scripted model: a word on what it is about, and its tool calls. */
export function turn(text: string, ...toolCalls: readonly Call[]): ScriptedAnswer {
  return { text, toolCalls };
}

export const read = (path: string): Call => ({ name: 'read_file', input: { path } });
export const list = (glob: string): Call => ({ name: 'list_files', input: { glob } });
export const search = (pattern: string): Call => ({ name: 'search', input: { pattern } });
export const write = (path: string, content: string): Call => ({
  name: 'write_file',
  input: { path, content },
});
export const edit = (path: string, old: string, replacement: string): Call => ({
  name: 'edit_file',
  input: { path, old, new: replacement },
});
export const run = (command: string): Call => ({ name: 'run_command', input: { command } });
export const submit = (input: unknown): Call => ({ name: 'submit', input });
