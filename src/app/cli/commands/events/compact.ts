import { formatCount } from '../../../../lib/quantities.ts';
import { type CompactReport, compact } from '../../../compact.ts';
import type { Command } from '../../command.ts';

export const compactCommand: Command = async ({ options, runtime }) => {
  const { before, dryRun } = options;
  const opened = await runtime();
  const report = await compact(opened, { before, dryRun, files: opened.archiveFiles });
  return { json: report, text: describe(report, dryRun === true) };
};

function describe({ content, archive }: CompactReport, dryRun: boolean): string {
  const day = content.before.slice(0, 10);
  const deleted = `${formatCount(content.deleted, 'content')} from before ${day} ${dryRun ? 'would be' : ''} deleted`;
  return [`${deleted.replace('  ', ' ')} (${content.place})`, ...describeArchive(archive, dryRun)].join('\n');
}

function describeArchive(archive: CompactReport['archive'], dryRun: boolean): string[] {
  if (!archive) return [];
  const { before, place, planned, moved } = archive;
  if (planned.length === 0) return [`no month before ${before} is left to archive`];
  const toText = (month: string, first: number, last: number) => `${month}: events ${first} to ${last}`;
  if (dryRun) return planned.map(({ month, first, last }) => `would archive ${toText(month, first, last)}`);
  return moved.map(
    ({ month, first, last, name }) => `archived ${toText(month, first, last)} in ${place}/${name}`,
  );
}
