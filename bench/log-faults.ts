import { parseArgs } from 'node:util';
import { createFaultHome, type FaultEnd, type FaultRun, type FaultSize } from '../test/support/log-faults.ts';
import { printRow } from './print.ts';

/**
 * Breaks appends in every way there is, stepped through: connections cut at every byte range of a push in both
 * directions, writers killed at bytes and before every write, the server's git killed while it works. After each the
 * next run delivers the same events; then the log must verify and hold each of them once.
 * `node bench/log-faults.ts [--runs 500] [--only 'wire: cut']`. Ends with 1 where something is wrong.
 */
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '500' }, only: { type: 'string', default: '' } },
});
const runs = Number(values.runs);

type Group = Omit<FaultRun, 'at'> & { share: number };

/** Shares of a hundred; what is killed before its writes is killed before each of them where the share allows. */
const groups: readonly Group[] = [
  { transport: 'wire', effect: 'cut', direction: 'up', share: 21 },
  { transport: 'wire', effect: 'cut', direction: 'down', share: 13 },
  { transport: 'git', effect: 'cut', direction: 'up', share: 13 },
  { transport: 'git', effect: 'cut', direction: 'down', share: 11 },
  { transport: 'wire', effect: 'kill-at-byte', direction: 'up', share: 8 },
  { transport: 'wire', effect: 'kill-at-byte', direction: 'down', share: 4 },
  { transport: 'git', effect: 'kill-at-byte', direction: 'up', share: 6 },
  { transport: 'git', effect: 'kill-at-byte', direction: 'down', share: 4 },
  { transport: 'wire', effect: 'kill-at-write', direction: 'up', share: 4 },
  { transport: 'git', effect: 'kill-at-write', direction: 'up', share: 9 },
  { transport: 'local', effect: 'kill-at-write', direction: 'up', share: 3 },
  { transport: 'wire', effect: 'kill-server', direction: 'up', share: 4 },
];

/** The last ones strike nothing: so the step-through has seen the end. */
const BEYOND_THE_END = 1.1;

/** A push takes git some twenty milliseconds. */
const SERVER_TENTHS = 250;

printRow('fault', 'runs', 'struck', 'failed', 'killed', 'locks left', 'wrong');
const wrong: string[] = [];
let total = 0;
for (const group of groups) if (nameOf(group).includes(values.only)) total += await runGroup(group);
console.log(`\n${total} runs, ${wrong.length} with something wrong`);
for (const line of wrong) console.log(line);
process.exitCode = wrong.length === 0 ? 0 : 1;

async function runGroup({ share, ...fault }: Group): Promise<number> {
  const home = await createFaultHome();
  const ends: FaultEnd[] = [];
  try {
    const count = Math.max(1, Math.round((runs * share) / 100));
    let room = 0;
    for (let index = 0; index < count; index += 1) {
      // An append sends more as the folder fills.
      if (index % 10 === 0) room = BEYOND_THE_END * sizeOf(fault, await home.measure(fault.transport));
      const at = 1 + Math.floor((index * room) / count);
      const end = await home.run({ ...fault, at });
      ends.push(end);
      for (const what of end.wrong) wrong.push(`${nameOf(fault)} at ${at}: ${what}`);
    }
    const damage = await home.check();
    if (damage) wrong.push(`${nameOf(fault)}: ${damage}`);
  } finally {
    await home.close();
  }
  const count = (is: (end: FaultEnd) => boolean) => String(ends.filter(is).length);
  printRow(
    nameOf(fault),
    String(ends.length),
    count(({ struck }) => struck),
    count(({ first }) => first === 'failed'),
    count(({ first }) => first === 'killed'),
    String(ends.reduce((sum, { locks }) => sum + locks, 0)),
    count((end) => end.wrong.length > 0),
  );
  return ends.length;
}

function sizeOf({ effect, direction }: Omit<FaultRun, 'at'>, size: FaultSize): number {
  if (effect === 'kill-server') return SERVER_TENTHS;
  if (effect === 'kill-at-byte') return size.whole[direction];
  return effect === 'kill-at-write' ? size.writes : size[direction];
}

function nameOf({ transport, effect, direction }: Omit<FaultRun, 'at'>): string {
  const where = effect === 'cut' || effect === 'kill-at-byte' ? `, ${direction}` : '';
  return `${transport}: ${effect.replaceAll('-', ' ')}${where}`;
}
