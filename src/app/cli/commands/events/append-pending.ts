import { formatCount } from '../../../../lib/quantities.ts';
import { toPlain } from '../../../../report/untrusted.ts';
import { type Delivery, deliverFile, deliverPending, listPending } from '../../../deliver-pending.ts';
import { readJournal } from '../../../journal.ts';
import type { Command } from '../../command.ts';

export const appendPendingCommand: Command = async ({ options, palette, runtime }) => {
  const recorder = await runtime();
  const { file: files } = options;
  if (options.dryRun) {
    const pending = files ? files.map(readJournal) : listPending(recorder);
    const found = pending.map(({ file, keptAt, events, why }) => ({
      file,
      keptAt,
      events: events.length,
      why,
    }));
    const lines = found.map(
      ({ file, keptAt, events, why }) =>
        `  ${file}: ${formatCount(events, 'event')} of ${keptAt}, kept because ${toPlain(why)}`,
    );
    return { json: { pending: found }, text: lines.length > 0 ? lines.join('\n') : NOTHING };
  }
  const deliveries: Delivery[] = [];
  if (files) for (const file of files) deliveries.push(await deliverFile(recorder, file));
  else deliveries.push(...(await deliverPending(recorder)));
  const head = await recorder.store.head();
  const lines = deliveries.map((delivery) => `${palette.green('✓')} ${describeDelivery(delivery)}`);
  return { json: { deliveries, head }, text: lines.length > 0 ? lines.join('\n') : NOTHING };
};

const NOTHING = 'nothing is pending';

function describeDelivery({ file, status, events, recorded }: Delivery): string {
  if (status === 'delivered') return `in the log: ${formatCount(events, 'event')} of ${file}`;
  return `in the log: ${recorded} of ${formatCount(events, 'event')} of ${file}, since another run had gone on; what it overtook is left out`;
}
