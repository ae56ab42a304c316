import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Timed = { milliseconds: number; maxRssMb: number; stdout: string };

type Options = { cwd?: string; env?: Readonly<Record<string, string>>; anyExit?: boolean };

/** Node's own peak memory, written by the process itself as it ends: what its children use is not counted. */
const REPORTER = `process.on('exit', () => require('node:fs').writeFileSync(process.env.TAMMA_BENCH_RSS, String(process.resourceUsage().maxRSS)));`;

const reporter = join(mkdtempSync(join(tmpdir(), 'tamma-bench-rss-')), 'report.cjs');
writeFileSync(reporter, REPORTER);
process.on('exit', () => rmSync(join(reporter, '..'), { recursive: true, force: true }));

/** Runs one process to its end. Throws where it fails, unless any exit will do. */
export function timeProcess(
  [command = '', ...args]: readonly string[],
  { cwd, env, anyExit }: Options = {},
): Timed {
  const isNode = command === process.execPath;
  const rss = `${reporter}.${process.pid}`;
  const started = process.hrtime.bigint();
  const result = spawnSync(command, isNode ? ['--require', reporter, ...args] : args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, NO_COLOR: '1', TAMMA_BENCH_RSS: rss, ...env },
  });
  const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
  if (result.status !== 0 && !anyExit)
    throw new Error(`${command} ${args.join(' ')}: exit ${result.status}\n${result.stderr}`);
  return { milliseconds, stdout: result.stdout, maxRssMb: isNode ? readRss(rss) : Number.NaN };
}

function readRss(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8')) / 1024;
  } catch {
    return Number.NaN;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
