import { TammaError } from '../../core/errors.ts';
import { GENESIS } from '../../core/events/chain.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import { joinLine, readLine } from '../../core/events/line.ts';
import { isWithinTime } from '../../core/events/query.ts';
import { readLineUnchecked } from '../../core/events/unchecked-line.ts';
import type { EventQuery, LogHead, ReadOptions } from '../../ports/event-store.ts';
import type { ArchiveFiles } from '../../ports/log-archive.ts';
import { readHead } from './append.ts';
import { createArchivedLines } from './archived-lines.ts';
import type { Database, Row } from './database.ts';
import type { OpenLog } from './open-log.ts';
import { type IndexItem, toIndexItems } from './tags.ts';

/** One row as the line it is in every other store. */
export type LogRow = { position: number; line: string };
/** `line` is null where the text was moved elsewhere. */
type StoredRow = { position: number; line: string | null };

/** Rows at once: few at first, since most readers want few, then as many as fit into this. */
const FIRST_ROWS = 200;
const MOST_ROWS = 4000;
const PAGE_BYTES = 4 * 1024 * 1024;

const COLUMNS = "e.position, e.body::text, encode(e.prev_hash, 'hex'), encode(e.hash, 'hex')";

/** `archive`: where the text of archived events is, if somebody said so. */
export type ReadContext = { database: Database; open: OpenLog; archive?: ArchiveFiles | undefined };

/** Pages are asked for ahead, so that the database works while events are looked at. No transaction is held. */
export async function* readEvents(
  context: ReadContext,
  query: EventQuery,
  options: ReadOptions,
): AsyncGenerator<LoggedEvent> {
  const items = toIndexItems(query);
  const range = await findRange(context, options, items === undefined);
  const { unchecked = false, limit = Number.POSITIVE_INFINITY } = options;
  let left = limit;
  let previous: LogHead | undefined = range.first === 1 && !range.backwards ? GENESIS : undefined;
  let due = range.backwards ? range.last : range.first;
  const step = range.backwards ? -1 : 1;
  for await (const { position, line } of readPages(context, { items, ...range, limit })) {
    if (left <= 0) return;
    const place = `tamma_event, position ${position}`;
    if (!items && position !== due) throw toMissing(context.database, due);
    const event = unchecked
      ? readLineUnchecked(line, place, position)
      : readLine(line, place, { position, ...(previous && !items ? { previous } : {}) });
    if (!range.backwards) previous = event;
    due = position + step;
    if (!isWithinTime(event, options)) continue;
    left -= 1;
    yield event;
  }
  const isAll = range.backwards ? due < range.first : due > range.last;
  if (!items && left > 0 && !isAll) throw toMissing(context.database, due);
}

type Range = { first: number; last: number; backwards: boolean };

/** Who reads every event must find every position; who reads by tags sees what is there while reading. */
async function findRange(
  { database, open }: ReadContext,
  { after = 0, until = Number.MAX_SAFE_INTEGER, since, before, backwards = false }: ReadOptions,
  isWhole: boolean,
): Promise<Range> {
  const head = isWhole ? (await readHead(database, open)).position : until;
  const range = { first: after + 1, last: Math.min(until, head), backwards };
  if (since === undefined && before === undefined) return range;
  const [[lowest, highest] = []] = await database.query(
    // `offset 0`: else the planner walks from the first position on until the time begins.
    `select min(position), max(position) from (select position from tamma_event
       where log = $1 and ts >= $2 and ts < $3 offset 0) during`,
    [open.log, since ?? '', before ?? '~'],
  );
  if (lowest === null) return { ...range, last: 0 };
  return {
    ...range,
    first: Math.max(range.first, Number(lowest)),
    last: Math.min(range.last, Number(highest)),
  };
}

type Pages = Range & { items: readonly IndexItem[] | undefined; limit: number };

export async function* readPages(context: ReadContext, pages: Pages): AsyncGenerator<LogRow> {
  const { backwards, limit } = pages;
  const archived = createArchivedLines(context);
  let { first, last } = pages;
  let count = Math.min(FIRST_ROWS, Math.max(limit, 1));
  if (first > last || pages.items?.length === 0) return;
  let next: Promise<StoredRow[]> | undefined = readPage(context, { ...pages, count });
  while (next !== undefined) {
    const rows: StoredRow[] = await next;
    next = undefined;
    const end = rows.at(-1)?.position;
    const isFull = rows.length === count;
    if (end !== undefined) [first, last] = backwards ? [first, end - 1] : [end + 1, last];
    if (isFull && first <= last) {
      const bytes = rows.reduce((sum, { line }) => sum + (line?.length ?? 0), 0);
      count = Math.min(
        MOST_ROWS,
        4 * count,
        Math.max(1, Math.floor((PAGE_BYTES * rows.length) / Math.max(bytes, 1))),
      );
      next = readPage(context, { ...pages, first, last, count });
      // Whoever stops reading leaves this one alone.
      next.catch(() => {});
    }
    for (const { position, line } of rows) yield { position, line: line ?? (await archived.find(position)) };
  }
}

async function readPage(
  { database, open }: ReadContext,
  { items, first, last, backwards, count }: Pages & { count: number },
): Promise<StoredRow[]> {
  const order = backwards ? 'desc' : 'asc';
  if (!items) {
    const text = `select ${COLUMNS} from tamma_event e where e.log = $1 and e.position between $2 and $3 order by e.position ${order} limit $4`;
    return (await database.query(text, [open.log, first, last, count])).map(toLogRow);
  }
  const matches = items.map(
    (_item, index) =>
      `select tamma_match($1, $${5 + 2 * index}, $${6 + 2 * index}, $2, $3, $4, ${backwards}) as position`,
  );
  const text = `select ${COLUMNS} from (select distinct position from (${matches.join(' union all ')}) m
    order by position ${order} limit $4) m join tamma_event e on e.log = $1 and e.position = m.position order by e.position ${order}`;
  const values = items.flatMap(({ tags, types }) => [tags, types]);
  return (await database.query(text, [open.log, first - 1, last, count, ...values])).map(toLogRow);
}

function toLogRow([position, body, prevHash, hash]: Row): StoredRow {
  if (body === null) return { position: Number(position), line: null };
  const place = { position: Number(position), prevHash: String(prevHash), hash: String(hash) };
  return { position: place.position, line: joinLine(String(body), place) };
}

function toMissing(database: Database, position: number): TammaError {
  const reason = 'there is no such row';
  return new TammaError(
    'LOG_CORRUPT',
    `The log is damaged at position ${position}, ${database.place}: ${reason}`,
    {
      details: { position, place: 'tamma_event', reason },
      help: '`tamma events verify` names every damaged row; restore the database from a backup that verifies.',
    },
  );
}
