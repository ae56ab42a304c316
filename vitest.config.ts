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

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
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
