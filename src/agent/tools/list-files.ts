import { z } from 'zod';
import { describePath } from './path-text.ts';
import { defineTool, succeed } from './tool.ts';

const MAX_FILES = 500;

export const listFiles = defineTool({
  name: 'list_files',
  description: 'Lists the files of the repository that match a glob, for example "src/**/*.ts" or "**".',
  input: z.strictObject({
    glob: z.string().min(1).max(500).describe('Glob, relative to the root of the repository.'),
  }),
  target: 'glob',
  async run({ glob }, { workspace }) {
    const files = await workspace.listFiles(glob);
    if (files.length === 0) return succeed('(no file matches)');
    const more = files.length - MAX_FILES;
    const lines = files.slice(0, MAX_FILES).map(describePath);
    return succeed([...lines, ...(more > 0 ? [`(and ${more} more: use a narrower glob)`] : [])].join('\n'));
  },
});
