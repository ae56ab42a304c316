import { z } from 'zod';
import { defineTool, fail, succeed } from './tool.ts';
import { checkWrite } from './write-policy.ts';

export const deleteFile = defineTool({
  name: 'delete_file',
  description: 'Deletes a file.',
  input: z.strictObject({
    path: z.string().min(1).max(1024).describe('Relative to the root of the repository.'),
  }),
  target: 'path',
  async run({ path }, context) {
    const answer = checkWrite(path, context);
    if (answer.status === 'refused') return fail(answer.reason);
    if (!(await context.workspace.hasFile(path))) return fail('there is no such file');
    await context.workspace.deleteFile(path);
    return succeed('deleted', path);
  },
});
