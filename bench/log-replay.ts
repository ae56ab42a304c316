import { join } from 'node:path';
import { toLine } from '../src/core/events/line.ts';
import { createSystemClock } from '../src/hosts/system-clock.ts';
import { createGitBranchStore } from '../src/stores/git-branch/git-branch-store.ts';
import { createGitRepository } from '../test/support/git-repository.ts';
import { readRecordedLog } from '../test/support/recorded-log.ts';
import { median, timeProcess } from './time-process.ts';

/** The process of `tamma replay` on a git log, in milliseconds; the target is less than 300. */
export type ReplayTimes = { events: number; median: number; p95: number; version: number };

/** A loop with people, failures and eighteen decisions that a person has stopped, as a process asks about it. */
export async function benchReplay(runs = 11): Promise<ReplayTimes> {
  const events = readRecordedLog('5c4a8d7/people');
  const repository = await createGitRepository({ files: { 'README.md': 'x\n' } });
  try {
    const store = createGitBranchStore({ gitDirectory: repository.gitDirectory, clock: createSystemClock() });
    await store.importLines?.(events.map((event) => ({ event, line: toLine(event) })));
    await store.close();
    const cli = join(import.meta.dirname, '..', 'dist', 'cli.js');
    const argv = [process.execPath, cli, 'replay', '--issue', '1', '--repo', repository.directory, '--json'];
    const time = (args: readonly string[]) => timeProcess(args).milliseconds;
    time(argv);
    const times = Array.from({ length: runs }, () => time(argv)).sort((a, b) => a - b);
    const p95 = times[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN;
    return {
      events: events.length,
      median: median(times),
      p95,
      version: median([1, 2, 3].map(() => time([process.execPath, cli, '--version']))),
    };
  } finally {
    await repository.remove();
  }
}

if (import.meta.filename === process.argv[1]) {
  const times = await benchReplay(Number(process.argv[2] ?? 11));
  console.log(JSON.stringify(times));
}
