import type { Runtime } from '../../runtime.ts';
import { parseWorkflow, type WorkflowFacts } from './workflow-facts.ts';

/** The workflows of the default branch, which is where GitHub takes most of them from. */
export async function readWorkflows({ platform, repository }: Runtime): Promise<WorkflowFacts[]> {
  const { head } = await platform.branches.getDefault();
  const files = await repository.listFiles(head);
  const paths = files
    .map(({ path }) => path)
    .filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
  const read = paths.map(async (path) => {
    const text = await repository.readFile(head, path);
    return text && parseWorkflow(path, text.toString('utf8'));
  });
  return (await Promise.all(read)).filter((facts) => facts !== undefined);
}
