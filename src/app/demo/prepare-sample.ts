import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { git } from '../../lib/git.ts';
import { sampleFiles } from './sample.ts';

/** The person at the demo's keyboard, so that it needs no git configuration of yours. */
const DEMO_IDENTITY = { name: 'Tamma demo', email: 'demo@tamma.invalid' } as const;

/**
 * The sample project as a fresh repository with one commit on `main`, in an existing empty folder. Its identity stands
 * in the repository's own configuration.
 */
export async function prepareSample(directory: string): Promise<void> {
  for (const [path, content] of Object.entries(sampleFiles)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const cwd = { cwd: directory };
  await git(['init', '--quiet', '--initial-branch=main'], cwd);
  await git(['config', 'user.name', DEMO_IDENTITY.name], cwd);
  await git(['config', 'user.email', DEMO_IDENTITY.email], cwd);
  await git(['add', '--all'], cwd);
  await git(['commit', '--quiet', '--message', 'A small CSV library'], cwd);
}
