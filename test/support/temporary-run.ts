import { rmSync } from 'node:fs';

/** Once in a run: what tests left in the folder that vitest.config.ts made for them goes with it. */
export function setup(): () => void {
  const folder = process.env.TMPDIR;
  return () => {
    if (folder?.startsWith('/dev/shm/tamma-tests-')) rmSync(folder, { recursive: true, force: true });
  };
}
