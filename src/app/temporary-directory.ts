import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from '../lib/once.ts';

/** A private folder, made when somebody needs it. Workspaces stay between runs: they are beside the log's own state. */
export function createTemporaryDirectory() {
  const path = once(async () => realpath(await mkdtemp(join(tmpdir(), 'tamma-'))));
  let made = false;
  return {
    path() {
      made = true;
      return path();
    },
    workspaces: async (stateDirectory: string) => join(stateDirectory, 'work'),
    async remove() {
      if (made) await rm(await path(), { recursive: true, force: true });
    },
  };
}
