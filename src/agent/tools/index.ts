import { deleteFile } from './delete-file.ts';
import { editFile } from './edit-file.ts';
import { listFiles } from './list-files.ts';
import { readFile } from './read-file.ts';
import { createRunCommand } from './run-command.ts';
import { search } from './search.ts';
import type { Tool } from './tool.ts';
import { writeFile } from './write-file.ts';

/** For tasks that judge. */
export const readTools: readonly Tool[] = [listFiles, readFile, search];

/** For tasks that change files; with a command to run, if the project has any. */
export function createWriteTools(approvedCommands: readonly string[]): readonly Tool[] {
  const commands = approvedCommands.length > 0 ? [createRunCommand(approvedCommands)] : [];
  return [...readTools, writeFile, editFile, deleteFile, ...commands];
}
