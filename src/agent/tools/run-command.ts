import { z } from 'zod';
import { describeCommandOutput } from '../command-output.ts';
import { defineTool, fail, succeed, type Tool } from './tool.ts';

/** The tool for a project with these approved commands. A red exit code is an answer, not an error of the tool. */
export function createRunCommand(approved: readonly string[]): Tool {
  const list = approved.map((command) => `\`${command}\``).join(', ');
  return defineTool({
    name: 'run_command',
    description: `Runs one of these commands, with more arguments if you like: ${list}. No shell, no network.`,
    input: z.strictObject({ command: z.string().min(1).max(2000).describe('The command as one line.') }),
    target: 'command',
    async run({ command }, { runCommand, redact }) {
      if (!runCommand) return fail('refused: no command may be run in this task');
      const answer = await runCommand(command);
      if (answer.status === 'refused') return fail(`refused: ${answer.reason}`);
      return succeed(describeCommandOutput(answer, redact));
    },
  });
}
