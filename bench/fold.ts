import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GENESIS, type LogHead, linkEvents } from '../src/core/events/chain.ts';
import { readLine, toLine } from '../src/core/events/line.ts';
import { readLineUnchecked } from '../src/core/events/unchecked-line.ts';
import { activityProjection } from '../src/core/projections/activity.ts';
import { issuesProjection } from '../src/core/projections/issues.ts';
import { openSealed, sealState } from '../src/core/projections/seal.ts';
import { readLines } from '../src/lib/read-lines.ts';
import { makeBatches } from './log-events.ts';
import { format, printRow } from './print.ts';
import { timeProcess } from './time-process.ts';

/**
 * A log of so many lines folded in one process, against the same process that only parses them as JSON: nobody can do
 * less. `node bench/fold.ts [events] [file.ndjson]`; a file that is not there is written, for the next run.
 */
const [total = '1000000', given, mode] = process.argv.slice(2);
const TITLES = {
  parse: 'JSON.parse of every line, nothing else',
  fold: 'all projections, unchecked lines',
  check: 'schema, form and chain of every line',
  snapshot: 'the fold, sealed and opened again',
} as const;
type Mode = keyof typeof TITLES;
const MODES = Object.keys(TITLES) as Mode[];

if (mode) await run(mode as Mode, given ?? '');
else await compare();

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tamma-fold-'));
  const file = given ?? join(folder, 'log.ndjson');
  try {
    if (!existsSync(file)) await write(Number(total), file);
    let base = 0;
    for (const one of MODES) {
      const command = [process.execPath, import.meta.filename, total, file, one];
      const { milliseconds, maxRssMb, stdout } = timeProcess(command);
      base ||= milliseconds;
      const ratio = `${(milliseconds / base).toFixed(2)} × parse`;
      printRow(TITLES[one], format(milliseconds), ratio, `${maxRssMb.toFixed(0)} MB`, stdout.trim());
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(what: Mode, file: string): Promise<void> {
  const issues = issuesProjection.create();
  const activity = activityProjection.create();
  let previous: LogHead = GENESIS;
  for await (const lines of readLines(createReadStream(file, { highWaterMark: 1 << 17 }), {
    maxBytes: 1 << 20,
  })) {
    for (const line of lines) {
      const position = previous.position + 1;
      if (what === 'parse') {
        previous = JSON.parse(line) as LogHead;
        continue;
      }
      const event =
        what === 'check'
          ? readLine(line, file, { position, previous })
          : readLineUnchecked(line, file, position);
      if (event.prevHash !== previous.hash) throw new Error(`${position} does not follow`);
      if (what !== 'check') {
        issuesProjection.take(issues, event);
        activityProjection.take(activity, event);
      }
      previous = event;
    }
  }
  const told = [`${previous.position} events`, ...(issues.size ? [`${issues.size} issues`] : [])];
  if (what === 'snapshot') {
    const started = performance.now();
    const sealed = sealState(issuesProjection, issues, previous);
    const between = performance.now();
    if (openSealed(issuesProjection, sealed)?.size !== issues.size)
      throw new Error('the snapshot does not open');
    const text = JSON.stringify(sealed);
    told.push(
      `${(text.length / 1e6).toFixed(1)} MB, sealed in ${(between - started).toFixed(0)} ms, opened in ${(performance.now() - between).toFixed(0)} ms`,
    );
  }
  const { user, system } = process.cpuUsage();
  console.log(`${((user + system) / 1e6).toFixed(2)} s CPU, ${told.join(', ')}`);
}

async function write(events: number, file: string): Promise<void> {
  const out = createWriteStream(file);
  let head = GENESIS;
  for (const batch of makeBatches(events)) {
    const linked = linkEvents(batch.events, head);
    head = linked.at(-1) ?? head;
    const text = linked.map((event) => `${toLine(event)}\n`).join('');
    if (!out.write(text)) await once(out, 'drain');
  }
  await new Promise<void>((resolve) => out.end(resolve));
}
