import { z } from 'zod';
import { describePath } from './path-text.ts';
import { defineTool, succeed } from './tool.ts';
import { wrapCode } from './wrap.ts';

const MAX_MATCHES = 100;
const MAX_LINE = 300;

export const search = defineTool({
  name: 'search',
  description: 'Finds lines in the files of the repository. Answers with path, line number and line.',
  input: z.strictObject({
    pattern: z.string().min(1).max(500).describe('Regular expression (JavaScript), case-sensitive.'),
    glob: z.string().min(1).max(500).optional().describe('Only files that match this glob.'),
  }),
  target: 'pattern',
  async run({ pattern, glob }, { workspace, redact }) {
    const matches = await workspace.search(pattern, {
      ...(glob === undefined ? {} : { glob }),
      limit: MAX_MATCHES,
    });
    if (matches.length === 0) return succeed('(no line matches)');
    const lines = matches.map(
      ({ path, line, text }) => `${describePath(path)}:${line}: ${text.slice(0, MAX_LINE)}`,
    );
    const more =
      matches.length < MAX_MATCHES
        ? ''
        : `\n(the first ${MAX_MATCHES} matches: use a narrower pattern or glob)`;
    return succeed(`${wrapCode('search', redact(lines.join('\n')))}${more}`);
  },
});
