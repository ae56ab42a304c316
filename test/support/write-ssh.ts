import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An ssh that runs what it is asked for at `git@example.org` on this machine, after these lines of shell. */
export async function writeSsh(folder: string, before: string): Promise<string> {
  const ssh = join(folder, 'ssh');
  const skip = 'while [ "$1" != git@example.org ]; do shift; done\nshift';
  await writeFile(ssh, `#!/bin/sh\n${before}\n${skip}\nexec sh -c "$*"\n`);
  await chmod(ssh, 0o755);
  return ssh;
}
