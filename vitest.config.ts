import { chmodSync, mkdtempSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// A tool started without npm finds the system's Node first on PATH. Tests that pass there prove nothing
// about the Node that runs the action, so they do not start.
const required = 24;
if (Number.parseInt(process.versions.node, 10) < required) {
  throw new Error(
    `Tests need Node ${required} or newer, this is ${process.versions.node}. Use "npm test", or put node_modules/.bin first on PATH.`,
  );
}

// Thousands of small repositories, flushed to disk by git at every step: in memory that takes a quarter less of a core.
// `test/support/temporary-run.ts` removes it.
const memory = '/dev/shm';
if (hasRoom(memory)) {
  process.env.TMPDIR = mkdtempSync(`${memory}/tamma-tests-`);
  // Some tests work as another user.
  chmodSync(process.env.TMPDIR, 0o1777);
}

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    // Hooks and databases are started from there; containers often forbid that.
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .findLast((line) => line.split(' ')[1] === folder);
    return bavail * bsize > 4e9 && mount !== undefined && !/\bnoexec\b/.test(mount);
  } catch {
    return false;
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/temporary-run.ts', 'test/support/postgres-run.ts'],
    pool: 'forks',
    // Files of one worker share what they import: loading it anew for each took a fifth of the whole.
    isolate: false,
    // One more than there are cores: these tests wait for processes of theirs a quarter of the time.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Types only: nothing in them runs.
      exclude: ['src/ports/**'],
      reporter: ['text-summary', 'lcov', 'json-summary'],
      thresholds: { lines: 85, branches: 80 },
    },
  },
});
