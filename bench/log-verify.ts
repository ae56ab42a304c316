import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { GENESIS, linkEvents } from '../src/core/events/chain.ts';
import { toLine } from '../src/core/events/line.ts';
import { createLogVerification } from '../src/core/events/verification.ts';
import { createUuidV7 } from '../src/lib/uuid.ts';
import { createGitBranchStore } from '../src/stores/git-branch/git-branch-store.ts';
import { makeBatches } from './log-events.ts';
import { format, printRow } from './print.ts';

/**
 * How long `events verify` takes and how much memory, by the length of the log; and whether any byte of 200 lines can be
 * another one without being found. `node bench/log-verify.ts [--events 1000,100000] [--changes 3] [--keep DIR]`; `changes`:
 * other values tried at each byte, 255 are all of them.
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000,100000' },
    changes: { type: 'string', default: '3' },
    keep: { type: 'string' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'tamma-verify-'));
const clock = { now: () => new Date(), newId: () => createUuidV7(new Date()) };
try {
  for (const size of values.events.split(',').map(Number)) await timeVerify(size);
  changeBytes(Number(values.changes));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** In a process of its own: what it needs is not to be measured. */
function build(gitDirectory: string, size: number): void {
  const script = `await (await import('./big-log.ts')).createBigLog(${JSON.stringify(gitDirectory)}, ${size})`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`no log of ${size} events could be built`);
}

async function timeVerify(size: number): Promise<void> {
  const gitDirectory = join(values.keep ?? folder, `log-${size}.git`);
  if (!existsSync(gitDirectory)) build(gitDirectory, size);
  const store = createGitBranchStore({ gitDirectory, clock });
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 200);
  const started = performance.now();
  const { ok, events, problems } = await store.verify();
  clearInterval(watch);
  await store.close();
  const took = performance.now() - started;
  if (!ok) console.log(problems.slice(0, 5));
  const rate = `${Math.round((events / took) * 1000)} events/s`;
  printRow(
    `verify ${events} events`,
    format(took),
    rate,
    `${Math.round(peak / 1e6)} MB`,
    ok ? 'ok' : 'DAMAGED',
  );
}

/** Each line is verified by itself, after the head before it: what is found there would be found in the whole. */
function changeBytes(changes: number): void {
  const events = linkEvents(
    [...makeBatches(200)].flatMap((batch) => batch.events),
    GENESIS,
  );
  let tried = 0;
  let missed = 0;
  const started = performance.now();
  for (const event of events) {
    const bytes = Buffer.from(toLine(event));
    const last = { position: event.position - 1, hash: event.prevHash };
    for (let at = 0; at < bytes.length; at += 1) {
      for (let change = 0; change < changes; change += 1) {
        const delta =
          changes === 255 ? change + 1 : 1 + ((at * 31 + event.position * 17 + change * 85) % 255);
        const changed = Buffer.from(bytes);
        changed[at] = (bytes[at] ?? 0) ^ delta;
        tried += 1;
        if (!isFound(changed, last, event.position)) missed += 1;
      }
    }
  }
  const took = format(performance.now() - started);
  printRow('bytes of 200 lines changed', `${tried} tried`, `${missed} missed`, took);
  if (missed > 0) process.exitCode = 1;
}

function isFound(bytes: Buffer, last: { position: number; hash: string }, position: number): boolean {
  const verification = createLogVerification({ place: 'end', stored: { position, hash: 'unknown' } });
  if (last.position > 0) verification.skip({ first: 1, firstPrevHash: GENESIS.hash, last }, 'before');
  for (let from = 0; from <= bytes.length; ) {
    const end = bytes.indexOf(10, from);
    verification.addLine(bytes.subarray(from, end < 0 ? undefined : end), 'line');
    from = end < 0 ? bytes.length + 1 : end + 1;
  }
  return verification.finish().problems.some(({ kind }) => kind !== 'tail');
}
