import { TammaError } from '../../core/errors.ts';
import { type ArchivedPart, parseManifest } from '../../core/events/archived-part.ts';
import type { ArchiveFiles } from '../../ports/log-archive.ts';
import { readPart, toArchived } from '../archive/part-file.ts';
import type { Database } from './database.ts';
import type { OpenLog } from './open-log.ts';

/** From position 1 on. Throws LOG_CORRUPT where they are no chain. */
export async function readParts(database: Database, { log }: OpenLog): Promise<ArchivedPart[]> {
  const rows = await database.query('select part from tamma_archived where log = $1 order by first', [log]);
  try {
    return parseManifest(rows.map(([part]) => `${String(part)}\n`).join(''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TammaError(
      'LOG_CORRUPT',
      `The log is damaged in tamma_archived, ${database.place}: ${reason}`,
      {
        details: { place: 'tamma_archived', reason },
        help: '`tamma events verify` names every damaged row; restore the database from a backup that verifies.',
      },
    );
  }
}

/** Finds lines of events whose text was moved elsewhere. Quick where they are asked for in ascending order. */
export type ArchivedLines = { find(position: number): Promise<string> };

type Context = { database: Database; open: OpenLog; archive?: ArchiveFiles | undefined };

/** Throws LOG_ARCHIVED where the archive is not at hand, LOG_CORRUPT where it is not what it was. */
export function createArchivedLines({ database, open, archive }: Context): ArchivedLines {
  let parts: ArchivedPart[] | undefined;
  let current: { part: ArchivedPart; lines: AsyncGenerator<{ line: string }>; next: number } | undefined;
  /** Of the part that was gone back in: whoever does so wants more of it. */
  let kept: { part: ArchivedPart; lines: string[] } | undefined;

  async function getPart(position: number): Promise<ArchivedPart> {
    parts ??= await readParts(database, open);
    const part = parts.find(({ first, last }) => first <= position && last >= position);
    if (part) return part;
    const reason = 'its text is missing, and it was not archived';
    throw new TammaError(
      'LOG_CORRUPT',
      `The log is damaged at position ${position}, ${database.place}: ${reason}`,
      {
        details: { position, place: 'tamma_event', reason },
        help: '`tamma events verify` names every damaged row; restore the database from a backup that verifies.',
      },
    );
  }

  return {
    async find(position) {
      const part = await getPart(position);
      if (!archive) throw toArchived(part);
      const known = kept?.part === part ? kept.lines[position - part.first] : undefined;
      if (known !== undefined) return known;
      if (current?.part === part && current.next > position) {
        const lines: string[] = [];
        for await (const { line } of readPart(archive, part)) lines.push(line);
        kept = { part, lines };
        return lines[position - part.first] ?? '';
      }
      if (current?.part !== part) current = { part, lines: readPart(archive, part), next: part.first };
      for (;;) {
        const { value, done } = await current.lines.next();
        current.next += 1;
        if (done) throw toArchived(part);
        if (current.next > position) return value.line;
      }
    },
  };
}
