import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callCli } from '../call-cli.ts';
import { createGitRepository } from '../git-repository.ts';
import type { GitHubHome } from './home.ts';
import { adaptWorkflow, WORKFLOW_PATH } from './project.ts';

export type InitialisedHome = {
  /** As `tamma init --json` says. */
  files: readonly { path: string; status: string }[];
  remaining: readonly { what: string; command?: string; link?: string }[];
  /** Paths of the commit that was pushed to the default branch. */
  pushed: readonly string[];
};

/** What a maintainer does, as alice: clones, `tamma init --yes`, adds settings of her own, commits and pushes. */
export async function initHome(home: GitHubHome, settings = ''): Promise<InitialisedHome> {
  const alice = home.person('alice');
  const [owner = '', repo = ''] = home.name.split('/');
  const url = home.forge.gitUrl(owner, repo);
  const header = `Basic ${Buffer.from(`alice:${alice.token.secret}`).toString('base64')}`;
  const authorization = { url, header };
  const clone = await createGitRepository();
  try {
    await clone.git(['remote', 'add', 'origin', url]);
    await clone.git(['fetch', '--quiet', 'origin'], { authorization });
    await clone.git(['reset', '--hard', '--quiet', 'origin/main']);
    const env = {
      GITHUB_SERVER_URL: home.forge.url,
      GITHUB_API_URL: home.forge.url,
      GITHUB_TOKEN: alice.token.secret,
    };
    const said = await callCli(['init', '--yes', '--json', '--repo', clone.directory], { env });
    const { files, remaining } = JSON.parse(said.stdout);
    await appendFile(join(clone.directory, '.tamma', 'config.yml'), settings);
    const workflow = join(clone.directory, WORKFLOW_PATH);
    await writeFile(workflow, adaptWorkflow(await readFile(workflow, 'utf8')));
    await clone.git(['add', '--all']);
    await clone.git(['commit', '--quiet', '-m', 'Add Tamma']);
    await clone.git(['push', '--quiet', 'origin', 'HEAD:main'], { authorization });
    const pushed = (await clone.git(['diff', '--name-only', 'HEAD~1', 'HEAD'])).split('\n');
    return { files, remaining, pushed };
  } finally {
    await clone.remove();
  }
}
