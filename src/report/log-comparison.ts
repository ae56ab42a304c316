import type { ComparedRow, Happening, LogComparison, Totals } from '../core/replay/compare.ts';
import type { Palette } from '../lib/palette.ts';
import { formatCount, formatDuration, formatUsd } from '../lib/quantities.ts';
import { describeValue } from './replay.ts';
import { toPlain } from './untrusted.ts';

export type ComparisonView = LogComparison & { issue: number; names: { here: string; there: string } };

/** Two logs of one issue on a terminal, as a diff: what both did, what one did, and what it came to. */
export function renderComparison(view: ComparisonView, palette: Palette): string {
  const { issue, names, rows } = view;
  return [
    `Issue ${issue}: ${palette.red(`− ${toPlain(names.here, 100)}`)}  ${palette.green(`+ ${toPlain(names.there, 100)}`)}`,
    renderShared(view),
    '',
    ...rows.flatMap((row) => renderRow(row, palette)),
    '',
    ...renderTotals(view, palette),
  ].join('\n');
}

function renderShared({ shared, first, here, there }: ComparisonView): string {
  if (shared === here.events && shared === there.events) return 'Both are one and the same log.';
  const common = shared > 0 ? `The first ${formatCount(shared, 'event')} are the same to the byte. ` : '';
  if (!first) {
    const goesOn =
      here.events === there.events
        ? ''
        : `; ${here.events > there.events ? 'this' : 'the other'} one goes on`;
    return `${common}Event by event both say the same${goesOn}.`;
  }
  const { path, recorded, replayed } = first.difference;
  const where = first.here === first.there ? `${first.here}` : `${first.here} and ${first.there}`;
  return `${common}They part at ${where}: ${path} is ${describeValue(recorded)}, and ${describeValue(replayed)}.`;
}

function renderRow(row: ComparedRow, palette: Palette): string[] {
  switch (row.kind) {
    case 'same':
      return [palette.dim(`  ${describe(row.here)}`)];
    case 'different':
      return [palette.red(`− ${describe(row.here)}`), palette.green(`+ ${describe(row.there)}`)];
    case 'only-here':
      return [palette.red(`− ${describe(row.here)}`)];
    case 'only-there':
      return [palette.green(`+ ${describe(row.there)}`)];
  }
}

function describe({ position, kind, name, outcome, text }: Happening): string {
  const place = String(position).padStart(5);
  if (kind === 'run')
    return `${place} ${name.padEnd(18)} ${toPlain(`${outcome}${text ? `: ${text}` : ''}`, 110)}`;
  const who = kind === 'person' ? '›' : '⚠';
  return `${place} ${who} ${name} ${toPlain(text, 110)}`;
}

const rows: readonly [string, (totals: Totals) => string][] = [
  ['ended', ({ status, cursor }) => (status === 'done' ? 'done' : `${status} at ${cursor}`)],
  ['runs of steps', ({ runs }) => String(runs)],
  ['rounds of code', ({ rounds }) => String(rounds)],
  ['failed gates', ({ failedGates }) => String(failedGates)],
  ['cost', ({ costUsd }) => formatUsd(costUsd)],
  ['work', ({ workMs }) => formatDuration(workMs)],
  ['events', ({ events }) => String(events)],
];

function renderTotals({ here, there }: ComparisonView, palette: Palette): string[] {
  return rows.map(([title, of]) => {
    const [a, b] = [of(here), of(there)];
    const line = `  ${title.padEnd(16)} ${a.padEnd(24)} ${b}`.trimEnd();
    return a === b ? palette.dim(line) : line;
  });
}
