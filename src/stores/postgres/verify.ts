import { TammaError } from '../../core/errors.ts';
import { sealOf } from '../../core/events/archived-part.ts';
import type { LoggedEvent } from '../../core/events/event.ts';
import type { CheckSignature } from '../../core/events/head-signature.ts';
import {
  createLogVerification,
  type LogVerification,
  type VerifyReport,
} from '../../core/events/verification.ts';
import type { LogHead, VerifyOptions } from '../../ports/event-store.ts';
import type { ArchiveFiles } from '../../ports/log-archive.ts';
import { verifyParts } from '../archive/verify-parts.ts';
import { readParts } from './archived-lines.ts';
import type { Database, Row } from './database.ts';
import type { OpenLog } from './open-log.ts';
import { readPages } from './read-events.ts';
import { toTagRows } from './tags.ts';

export type VerifyContext = {
  database: Database;
  open: OpenLog;
  checkSignature: CheckSignature | undefined;
  archive?: ArchiveFiles | undefined;
};

/** Rows whose index is looked at at once. */
const CHUNK = 500;

/** What there is to say of a log to which nothing was ever written: its anchors. */
export function verifyNothing(options: VerifyOptions): VerifyReport {
  return createLogVerification({ ...options, place: 'tamma_head' }).finish();
}

/** Reads every row up to the head, page by page, and compares what lies beside it: the head, signatures, the index. */
export async function verifyLog(context: VerifyContext, options: VerifyOptions): Promise<VerifyReport> {
  const { database, open, checkSignature } = context;
  const stored = await findStoredHead(database, open);
  const verification = createLogVerification({
    ...options,
    place: 'tamma_head',
    stored,
    ...(checkSignature ? { signatures: { repository: open.repositoryId, check: checkSignature } } : {}),
  });
  if (!stored) verification.addProblem(tail(1, 'the row of the head is missing'));
  const signatures = checkSignature ? await readSignatures(database, open) : [];
  const seal = await passArchived(context, verification);
  const range = { first: seal + 1, last: stored?.position ?? Number.MAX_SAFE_INTEGER, backwards: false };
  let chunk: LoggedEvent[] = [];
  let tags = 0;
  const flush = async () => {
    if (chunk.length > 0) tags += await checkIndex(context, verification, chunk);
    chunk = [];
  };
  const pages = { ...range, items: undefined, limit: Number.POSITIVE_INFINITY };
  for await (const { position, line } of readPages(context, pages)) {
    const event = verification.addLine(line, `tamma_event, position ${position}`);
    addSignatures(verification, signatures, position);
    if (event?.position === position) chunk.push(event);
    if (chunk.length >= CHUNK) await flush();
  }
  await flush();
  if (verification.isSound()) await countTags(context, verification, { tags, seal, last: range.last });
  await lookBehind(context, verification);
  return verification.finish();
}

/**
 * The position up to which lines are elsewhere and not looked at: none where the archive is at hand, and whole. What is
 * wrong with it is told, and the chain goes on from what the log remembers of it.
 */
async function passArchived(
  { database, open, archive }: VerifyContext,
  verification: LogVerification,
): Promise<number> {
  const parts = await readParts(database, open).catch((thrown: unknown) => {
    if (!(thrown instanceof TammaError && thrown.code === 'LOG_CORRUPT')) throw thrown;
    verification.addProblem({
      kind: 'archive',
      position: 1,
      place: 'tamma_archived',
      message: thrown.message,
    });
    return [];
  });
  const problems = archive ? await verifyParts(archive, parts) : [];
  for (const problem of problems) verification.addProblem(problem);
  if (archive && problems.length === 0) return 0;
  for (const { name, first, prevHash, last, hash } of parts)
    verification.skip({ first, firstPrevHash: prevHash, last: { position: last, hash } }, `archive/${name}`);
  return sealOf(parts).position;
}

async function findStoredHead(database: Database, { log }: OpenLog): Promise<LogHead | undefined> {
  const [row] = await database.query("select position, encode(hash, 'hex') from tamma_head where log = $1", [
    log,
  ]);
  return row && { position: Number(row[0]), hash: String(row[1]) };
}

/** One statement sees one moment: whatever is appended meanwhile moves the head along. */
async function lookBehind({ database, open }: VerifyContext, verification: LogVerification): Promise<void> {
  const [[position] = []] = await database.query(
    'select min(e.position) from tamma_event e join tamma_head h using (log) where log = $1 and e.position > h.position',
    [open.log],
  );
  if (position === null || position === undefined) return;
  verification.addProblem(tail(Number(position), 'the log goes on behind its head'));
}

function tail(position: number, message: string) {
  return { kind: 'tail', position, place: 'tamma_head', message } as const;
}

/** Ascending; each is told right after the row it signs. */
function readSignatures(database: Database, { log }: OpenLog): Promise<Row[]> {
  return database.query(
    'select position, hash, key_id, signature from tamma_signature where log = $1 order by position desc',
    [log],
  );
}

function addSignatures(verification: LogVerification, descending: Row[], reached: number): void {
  for (let row = descending.at(-1); row && Number(row[0]) <= reached; row = descending.at(-1)) {
    descending.pop();
    const [position, hash, keyId, signature] = row;
    const head = { position: Number(position), hash: String(hash) };
    verification.addSignature(
      head,
      { keyId: String(keyId), signature: String(signature) },
      `tamma_signature, position ${head.position}`,
    );
  }
}

/** What queries go by must say the same as the events. Answers with the number of tags there should be. */
async function checkIndex(
  { database, open }: VerifyContext,
  verification: LogVerification,
  events: readonly LoggedEvent[],
): Promise<number> {
  const rows = await database.query(
    `select x.position, 'its columns id, type or ts' from unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[]) as x(position, id, type, ts)
       where (select e.id = x.id and e.type = x.type and e.ts = x.ts from tamma_event e
         where e.log = $1 and e.position = x.position) is not true
     union all
     select x.position, 'its tag ' || x.tag from unnest($6::bigint[], $7::text[]) as x(position, tag)
       where (select true from tamma_event_tag t where t.log = $1 and t.tag = x.tag and t.batch > x.position - 100
         and t.batch <= x.position and x.position = any (t.positions) limit 1) is null
     order by 1 limit 10`,
    [
      open.log,
      events.map(({ position }) => position),
      events.map(({ id }) => id),
      events.map(({ type }) => type),
      events.map(({ timestamp }) => timestamp),
      ...toColumns(events),
    ],
  );
  for (const [position, what] of rows) {
    const message = `the index does not fit the event: ${what}`;
    verification.addProblem({ kind: 'index', position: Number(position), place: 'tamma_event_tag', message });
  }
  return events.reduce((sum, event) => sum + toTagRows(event).length, 0);
}

function toColumns(events: readonly LoggedEvent[]): [number[], string[]] {
  const tags = events.flatMap((event) => toTagRows(event).map((tag) => ({ position: event.position, tag })));
  return [tags.map(({ position }) => position), tags.map(({ tag }) => tag)];
}

/** Too many are as wrong as too few: a query would find events that do not match. */
async function countTags(
  { database, open }: VerifyContext,
  verification: LogVerification,
  { tags, seal, last }: { tags: number; seal: number; last: number },
): Promise<void> {
  const [[count] = []] = await database.query(
    'select coalesce(sum(cardinality(positions)), 0) from tamma_event_tag where log = $1 and batch > $2 and batch <= $3',
    [open.log, seal, last],
  );
  if (Number(count) <= tags) return;
  const message = `the index has ${count} tags, and the events have ${tags}`;
  verification.addProblem({ kind: 'index', position: null, place: 'tamma_event_tag', message });
}
