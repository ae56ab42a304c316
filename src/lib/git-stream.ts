import { spawn } from 'node:child_process';
import { GitError, type GitOptions, toEnvironment } from './git.ts';

/**
 * The output of one git command as it comes, at the pace of the reader: for results too large to hold. The environment is
 * that of `git`. Throws GitError once all of it was read and git says that it failed; ended early, git is ended too.
 */
export async function* streamGit(
  args: readonly string[],
  options: Pick<GitOptions, 'gitDirectory' | 'config'>,
): AsyncGenerator<Buffer> {
  const child = spawn('git', args, { env: toEnvironment(options), stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | Error>((resolve) => {
    child.on('error', resolve);
    child.on('close', (code) => resolve(code ?? 137));
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-10_000);
  });
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const code = await ended;
    if (code instanceof Error) throw code;
    if (code !== 0) throw new GitError(args, code, stderr);
  } finally {
    child.kill('SIGKILL');
  }
}
