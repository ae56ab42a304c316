import { formatCount } from '../../../../lib/quantities.ts';
import { type ImportReport, importLog } from '../../../import-log.ts';
import type { Command } from '../../command.ts';
import { createCounter } from '../../count-progress.ts';
import { withInput } from '../../read-input.ts';

export const importCommand: Command = async (context) => {
  const { options, palette, runtime } = context;
  const { store, host, clock } = await runtime();
  const count = createCounter({ host, clock });
  const report = await withInput(context, (source) =>
    importLog(store, source, {
      dryRun: options.dryRun ?? false,
      onProgress: (phase, events) => count(`events ${phase}`, events),
    }),
  );
  const text = `${palette.green('✓')} ${describeImport(report, store.place, options.dryRun)}`;
  return { json: { ...report, place: store.place, dryRun: options.dryRun ?? false }, text };
};

function describeImport(
  { events, already, imported, head }: ImportReport,
  place: string,
  dryRun: boolean | undefined,
): string {
  if (imported === 0)
    return `nothing to import: ${place} holds all of it already (${formatCount(events, 'event')})`;
  const there = already > 0 ? ` (${already} are there already)` : '';
  if (dryRun)
    return `${formatCount(imported, 'event')} would be imported into ${place}${there}; nothing was written`;
  return `${formatCount(imported, 'event')} imported into ${place}${there}; it ends at ${head.position} ${head.hash}`;
}
