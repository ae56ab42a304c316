import { TammaError } from '../../core/errors.ts';
import { sealOf, toArchivedPart, toArchiveName } from '../../core/events/archived-part.ts';
import { type LogHead, toCanonical } from '../../core/events/chain.ts';
import { readLine } from '../../core/events/line.ts';
import type { ArchivedPart, ArchiveRequest, LogArchive } from '../../ports/log-archive.ts';
import { writePart } from '../archive/part-file.ts';
import { type TimeRange, toTimeRange, unite } from '../git-branch/times.ts';
import { readHead } from './append.ts';
import { readParts } from './archived-lines.ts';
import type { Database } from './database.ts';
import type { LogHandle, OpenLog } from './open-log.ts';
import { readPages } from './read-events.ts';

export type ArchiveContext = { database: Database; log: LogHandle };
type Context = { database: Database; open: OpenLog };

/** Rows whose text goes in one statement: each ends well before its time limit. */
const ROWS = 20_000;

/** Months by the times of the events; the newest event stays. Needs a role that may update `tamma_event`. */
export function createPostgresArchive({ log, database }: ArchiveContext): LogArchive {
  return {
    async parts() {
      const open = await log.find();
      return open ? readParts(database, open) : [];
    },
    async plan(before) {
      const open = await log.find();
      return open ? listMonths({ database, open }, before) : [];
    },
    async move(request) {
      const open = await log.find();
      return open ? moveMonths({ database, open }, request) : [];
    },
  };
}

async function moveMonths(context: Context, request: ArchiveRequest): Promise<ArchivedPart[]> {
  const { database, open } = context;
  // What was noted before somebody was killed.
  await clearBodies(context, sealOf(await readParts(database, open)).position);
  const moved: ArchivedPart[] = [];
  for (const month of await listMonths(context, request.before)) {
    const part = await packMonth(context, month, request);
    await note(context, part);
    await clearBodies(context, part.last);
    moved.push(part);
  }
  return moved;
}

type Month = { month: string; first: number; last: number };

/** A clock that was wrong makes no new month: one ends where the first event of a later one stands. */
async function listMonths({ database, open }: Context, before: string): Promise<Month[]> {
  const seal = sealOf(await readParts(database, open)).position;
  const newest = (await readHead(database, open)).position;
  const months: Month[] = [];
  for (let first = seal + 1; first < newest; ) {
    const [row] = await database.query(
      'select substring(ts, 1, 7) from tamma_event where log = $1 and position = $2',
      [open.log, first],
    );
    const month = String(row?.[0]);
    if (!row || month >= before) break;
    const [[next] = []] = await database.query(
      'select min(position) from tamma_event where log = $1 and position > $2 and ts >= $3',
      [open.log, first, toNextMonth(month)],
    );
    const last = Math.min(next ? Number(next) - 1 : newest, newest - 1);
    months.push({ month, first, last });
    first = last + 1;
  }
  return months;
}

function toNextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}

async function packMonth(context: Context, { month, first, last }: Month, { files }: ArchiveRequest) {
  const { database, open } = context;
  const seal = sealOf(await readParts(database, open));
  let times: TimeRange | undefined;
  let previous: LogHead = seal;
  async function* readLines(): AsyncGenerator<string> {
    const range = { first, last, backwards: false, items: undefined, limit: Number.POSITIVE_INFINITY };
    for await (const { position, line } of readPages({ database, open }, range)) {
      const event = readLine(line, `tamma_event, position ${position}`, {
        position: previous.position + 1,
        previous,
      });
      times = unite(times, toTimeRange([event]));
      previous = event;
      yield line;
    }
  }
  const written = await writePart(files, toArchiveName(month, first, last), readLines());
  if (!times || previous.position !== last)
    throw new TammaError(
      'LOG_CORRUPT',
      `The log is damaged at position ${previous.position + 1}, ${database.place}`,
    );
  return toArchivedPart({
    month,
    first,
    last,
    prevHash: seal.hash,
    hash: previous.hash,
    times: [...times],
    archivedAt: await readClock(database),
    ...written,
  });
}

/** The server's, as for everything in there. */
async function readClock(database: Database): Promise<string> {
  const [row] = await database.query('select extract(epoch from now())');
  return new Date(1000 * Number(row?.[0])).toISOString();
}

/** Two at once: the second one finds the row there, and has moved nothing. */
async function note({ database, open }: Context, part: ArchivedPart): Promise<void> {
  const noted = await database.query(
    'insert into tamma_archived (log, first, last, part) values ($1, $2, $3, $4) on conflict do nothing returning 1',
    [open.log, part.first, part.last, toCanonical(part)],
  );
  if (noted.length === 0)
    throw new TammaError('ARCHIVE_FAILED', `somebody else archives ${part.month} at this moment`);
}

/** Rows with ids, tags and hashes stay; their text is in the archive. */
async function clearBodies({ database, open }: Context, last: number): Promise<void> {
  for (;;) {
    const [[first] = []] = await database.query(
      'select min(position) from tamma_event where log = $1 and position <= $2 and body is not null',
      [open.log, last],
    );
    if (first === null || first === undefined) return;
    await database.query(
      'update tamma_event set body = null where log = $1 and position between $2 and $3 and body is not null',
      [open.log, Number(first), Math.min(last, Number(first) + ROWS - 1)],
    );
  }
}
