import { z } from 'zod';
import { findMask } from './masked.ts';
import { defineTool, fail, succeed } from './tool.ts';
import { checkWrite } from './write-policy.ts';

export const writeFile = defineTool({
  name: 'write_file',
  description: 'Creates a file, or replaces all of it. To change a part of a file use edit_file.',
  input: z.strictObject({
    path: z.string().min(1).max(1024).describe('Relative to the root of the repository.'),
    content: z.string().max(1_000_000).describe('The whole content of the file.'),
  }),
  target: 'path',
  async run({ path, content }, context) {
    const answer = checkWrite(path, context);
    if (answer.status === 'refused') return fail(answer.reason);
    const masked = await findMask(context.workspace, path, content);
    if (masked) return fail(masked);
    await context.workspace.writeText(path, content);
    return succeed(`written: ${content.split('\n').length} lines`, path);
  },
});
