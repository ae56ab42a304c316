import type { SampleProject } from './sample-project.ts';

/** A person checks out the branch of an issue, commits these files on it, and goes back to `main`. */
export async function commitOnBranch(
  project: SampleProject,
  branch: string,
  message: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  await project.git('checkout', '--quiet', branch);
  const sha = await project.commit(message, files);
  await project.git('checkout', '--quiet', 'main');
  return sha;
}

/** The text of an issue file with a line added to the issue's body. */
export async function editIssue(project: SampleProject, issue: number, addition: string): Promise<void> {
  const path = `.tamma/issues/${issue}.md`;
  const text = await project.read('main', path);
  const end = text.indexOf('\n---\n', text.indexOf('\n---\n') + 1);
  const body = end === -1 ? text : text.slice(0, end);
  await project.commit(`Edit issue ${issue}`, {
    [path]: `${body}\n${addition}\n${end === -1 ? '' : text.slice(end)}\n`,
  });
}
