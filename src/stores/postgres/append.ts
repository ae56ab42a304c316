import { TammaError } from '../../core/errors.ts';
import { checkBatch } from '../../core/events/batch.ts';
import { toBody } from '../../core/events/chain.ts';
import type { LoggedEvent, NewEvent } from '../../core/events/event.ts';
import type { SignHead } from '../../core/events/head-signature.ts';
import { cutBody } from '../../core/events/line.ts';
import type { AppendCondition, AppendResult, ImportedLine, LogHead } from '../../ports/event-store.ts';
import type { Database } from './database.ts';
import type { LogHandle, OpenLog } from './open-log.ts';
import { type Patience, withPatience } from './patience.ts';
import { toIndexItems, toTagRows } from './tags.ts';

export type AppendContext = {
  database: Database;
  log: LogHandle;
  patience: Patience;
  sign: SignHead | undefined;
};

const APPEND = 'select * from tamma_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)';

/**
 * One request for a batch. An answer that was lost is no matter: the batch is sent again, and the database finds the ids
 * it has already.
 */
export async function appendEvents(
  { database, log, patience, sign }: AppendContext,
  events: readonly NewEvent[],
  condition: AppendCondition | undefined,
): Promise<AppendResult> {
  checkBatch(events);
  const items = condition && (toIndexItems(condition.failIfEventsMatch) ?? [{ tags: [], types: null }]);
  const rows = toArrays(events.map((event) => ({ event, body: toBody(event) })));
  return await withPatience(patience, async (attempt) => {
    const open = await log.ensure();
    const [answer = []] = await database.query(APPEND, [
      open.log,
      ...rows,
      condition?.after ?? null,
      JSON.stringify(items ?? []),
      null,
    ]);
    const [outcome, first, last, hash] = answer;
    if (outcome === 'conflict') return { status: 'conflict', position: Number(first) };
    const head = { position: Number(last), hash: String(hash) };
    await signHead(database, open, { head, sign });
    const tries = outcome === 'known' ? 0 : attempt;
    return {
      status: 'appended',
      firstPosition: Number(first),
      lastPosition: head.position,
      hash: head.hash,
      tries,
    };
  });
}

/** The database links the bodies anew and compares where it comes to: the same bodies on the same head are the same lines. */
export async function importLines(
  { database, log, patience, sign }: AppendContext,
  lines: readonly ImportedLine[],
): Promise<LogHead> {
  const [first, last] = [lines[0]?.event, lines.at(-1)?.event];
  const open = await log.ensure();
  if (!first || !last) return readHead(database, open);
  const rows = toArrays(lines.map(({ line, event }) => ({ event, body: cutBody(line, event) })));
  return withPatience(patience, async (attempt) => {
    const [[outcome, at] = []] = await database.query(APPEND, [
      open.log,
      ...rows,
      first.position - 1,
      '[]',
      last.hash,
    ]);
    const head = { position: last.position, hash: last.hash };
    // A try before this one may have been heard after all.
    const isThere =
      attempt > 1 && Number(at) === head.position && (await readHead(database, open)).hash === head.hash;
    if (outcome !== 'conflict' || isThere) {
      await signHead(database, open, { head, sign });
      return head;
    }
    const message = `Position ${first.position} does not follow the head at ${at} (${database.place}).`;
    throw new TammaError('LOG_CONFLICT', message);
  });
}

export async function readHead(database: Database, { log }: OpenLog): Promise<LogHead> {
  const [row] = await database.query("select position, encode(hash, 'hex') from tamma_head where log = $1", [
    log,
  ]);
  if (!row)
    throw new TammaError('LOG_CORRUPT', `The row of the head is missing (${database.place}, tamma_head).`);
  return { position: Number(row[0]), hash: String(row[1]) };
}

type Bodied = { event: NewEvent | LoggedEvent; body: string };

/** Columns, as the database takes many rows fastest: of events, then of their tags. */
function toArrays(events: readonly Bodied[]): unknown[] {
  const tags = events.flatMap(({ event }, index) =>
    toTagRows(event).map((tag) => ({ number: index + 1, tag })),
  );
  return [
    events.map(({ event }) => event.id),
    events.map(({ event }) => event.type),
    events.map(({ event }) => event.timestamp),
    events.map(({ body }) => body),
    tags.map(({ number }) => number),
    tags.map(({ tag }) => tag),
  ];
}

type Signing = { head: LogHead; sign: SignHead | undefined };

async function signHead(database: Database, open: OpenLog, { head, sign }: Signing): Promise<void> {
  if (!sign) return;
  const { keyId, signature } = sign({ ...head, repository: open.repositoryId });
  await database.query(
    'insert into tamma_signature (log, position, hash, key_id, signature) values ($1, $2, $3, $4, $5) on conflict do nothing',
    [open.log, head.position, head.hash, keyId, signature],
  );
}
