import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Everything that is measured of the log, one part after the other: `npm run bench:log`, or `node bench/log.ts --part git`.
 * `--full` takes the sizes that the figures in docs/events.md were made with (an hour); without it each part takes minutes.
 */
const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, part: { type: 'string' } },
});

type Part = { file: string; small: readonly string[]; full: readonly string[] };

const parts: Readonly<Record<string, Part>> = {
  git: {
    file: 'log-git.ts',
    small: ['--events', '1000,20000', '--rounds', '20'],
    full: ['--events', '1000,100000,1000000', '--rounds', '60'],
  },
  herd: { file: 'log-herd.ts', small: [], full: [] },
  faults: { file: 'log-faults.ts', small: ['--runs', '50'], full: ['--runs', '500'] },
  postgres: { file: 'log-postgres.ts', small: ['--events', '50000'], full: ['--events', '1000000'] },
  verify: {
    file: 'log-verify.ts',
    small: ['--events', '1000', '--changes', '1'],
    full: ['--events', '100000,1000000', '--changes', '1'],
  },
  replay: { file: 'log-replay.ts', small: ['5'], full: ['21'] },
  fold: { file: 'fold.ts', small: ['100000'], full: ['1000000'] },
};

const chosen = Object.entries(parts).filter(([name]) => values.part === undefined || values.part === name);
if (chosen.length === 0) throw new Error(`--part is one of ${Object.keys(parts).join(', ')}`);
for (const [name, { file, small, full }] of chosen) {
  console.log(`\n== ${name}\n`);
  const args = [join(import.meta.dirname, file), ...(values.full ? full : small)];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
