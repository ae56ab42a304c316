import { existsSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = ['bwrap', 'unshare', 'setpriv', 'prlimit', 'sudo', 'env', 'sh', 'chown', 'timeout'] as const;

/** Where the programs that build a sandbox are, by name. */
export type Tools = Partial<Record<(typeof NAMES)[number], string>>;

/** Only the system's own folders are searched: PATH may begin with a folder of the repository. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

export function findTools(folders: readonly string[] = FOLDERS): Tools {
  const found: Tools = {};
  for (const name of NAMES) {
    const folder = folders.find((candidate) => existsSync(join(candidate, name)));
    if (folder !== undefined) found[name] = join(folder, name);
  }
  return found;
}
