import { z } from 'zod';
import { defineTool, fail, succeed } from './tool.ts';
import { wrapCode } from './wrap.ts';

const MAX_LINES = 1000;
const MAX_CHARACTERS = 60_000;

export const readFile = defineTool({
  name: 'read_file',
  description: 'Reads a text file of the repository, whole or from a line on.',
  input: z.strictObject({
    path: z.string().min(1).max(1024).describe('Relative to the root of the repository.'),
    offset: z.int().min(1).optional().describe('First line, from 1.'),
    limit: z.int().min(1).optional().describe(`Number of lines, at most ${MAX_LINES}.`),
  }),
  target: 'path',
  async run({ path, offset = 1, limit = MAX_LINES }, { workspace, redact }) {
    const text = await workspace.readText(path);
    if (text === '') return succeed('(the file is empty)');
    const lines = text.split('\n');
    const total = lines.at(-1) === '' ? lines.length - 1 : lines.length;
    if (offset > total) return fail(`the file has ${total} lines`);
    const shown = takeLines(
      lines.slice(offset - 1, Math.min(total, offset - 1 + Math.min(limit, MAX_LINES))),
    );
    const last = offset - 1 + shown.length;
    const isWhole = offset === 1 && last === total;
    const note = isWhole ? '' : `\n(lines ${offset} to ${last} of ${total})`;
    const content = shown.join('\n') + (last === total && lines.at(-1) === '' ? '\n' : '');
    return succeed(`${wrapCode(path, redact(content))}${note}`);
  },
});

/** At least one line, cut if it alone is too long. */
function takeLines(lines: readonly string[]): string[] {
  let room = MAX_CHARACTERS;
  const taken: string[] = [];
  for (const line of lines) {
    room -= line.length + 1;
    if (room < 0 && taken.length > 0) break;
    taken.push(line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS)} (line cut)` : line);
  }
  return taken;
}
