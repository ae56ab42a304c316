import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TammaError, toTammaError } from '../core/errors.ts';
import type { NewEvent } from '../core/events/event.ts';
import { formatCount } from '../lib/quantities.ts';
import type { EventStore } from '../ports/event-store.ts';
import { appendInBatches } from './append-batches.ts';
import { listJournals, type PendingJournal, readJournal, removeJournal } from './journal.ts';
import { journalFolders, type Recorder } from './record-events.ts';
import { findLeftBehind } from './spool.ts';

/** `overtaken`: another run went on meanwhile, so only what was paid for is recorded; people can look at the rest. */
export type Delivery = { file: string; status: 'delivered' | 'overtaken'; events: number; recorded: number };

/**
 * Puts into the log what earlier runs could not, in the order it happened: journals, and calls of killed runs. May be
 * repeated and run twice at once: an event is recorded once, by its id. Throws JOURNAL_DAMAGED and what the store throws;
 * what is not delivered by then stays.
 */
export async function deliverPending(recorder: Recorder): Promise<Delivery[]> {
  const folders = journalFolders(recorder);
  const deliveries: Delivery[] = [...(await deliverSpooled(recorder))];
  for (const file of listJournals(folders)) {
    const delivery = await deliverJournal(recorder.store, readJournal(file)).catch((thrown: unknown) => {
      throw explain(toTammaError(thrown));
    });
    removeJournal(folders, basename(file), delivery.status);
    deliveries.push(delivery);
  }
  for (const delivery of deliveries) report(recorder, delivery);
  return deliveries;
}

/** Whoever gave a command must not take it for recorded: what failed is the delivery of an earlier one. */
function explain(cause: TammaError): TammaError {
  const { code, help, details, retryAfterMs } = cause;
  const message = `Nothing new was begun: what an earlier run kept is still not taken. ${cause.message}`;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new TammaError(code, message, { help, details, cause, ...wait });
}

/** The same for a file from another machine, which stays where it is. */
export async function deliverFile(recorder: Recorder, file: string): Promise<Delivery> {
  const delivery = await deliverJournal(recorder.store, readJournal(file));
  report(recorder, delivery);
  return delivery;
}

/** What waits here, without touching it. Throws JOURNAL_DAMAGED. */
export function listPending(recorder: Recorder): PendingJournal[] {
  return listJournals(journalFolders(recorder)).map(readJournal);
}

async function deliverJournal(store: EventStore, journal: PendingJournal): Promise<Delivery> {
  const { file, events, condition } = journal;
  await checkSameLog(store, journal);
  if ((await appendInBatches(store, events, condition ?? undefined)) === 'appended')
    return { file, status: 'delivered', events: events.length, recorded: events.length };
  const paid = events.filter(isPaid);
  await appendInBatches(store, paid);
  return { file, status: 'overtaken', events: events.length, recorded: paid.length };
}

/** Whoever went on meanwhile did not make these calls undone. */
function isPaid({ type }: NewEvent): boolean {
  return type.startsWith('AI.');
}

/** Throws JOURNAL_FOREIGN: what rests on one log says nothing in another. */
async function checkSameLog(store: EventStore, { file, seen, place }: PendingJournal): Promise<void> {
  if (!seen || seen.position === 0) return;
  const range = { after: seen.position - 1, until: seen.position };
  for await (const { hash } of store.read({ items: [] }, range)) if (hash === seen.hash) return;
  throw new TammaError(
    'JOURNAL_FOREIGN',
    `the journal ${file} belongs to another log: it rests on position ${seen.position} with the hash ${seen.hash.slice(0, 12)}… of ${place}, which ${store.place} does not hold`,
  );
}

/** Calls that dead runs of this machine had paid for and did not get to record. */
async function deliverSpooled({ store, repository, host }: Recorder): Promise<Delivery[]> {
  const folder = join(repository.stateDirectory, 'spool');
  if (!existsSync(folder)) return [];
  const deliveries: Delivery[] = [];
  for (const issue of readdirSync(folder).map(Number).filter(Number.isSafeInteger)) {
    const isDead = (holder: typeof host.holder) => host.isAlive(holder) === 'dead';
    for (const { file, events, remove } of findLeftBehind(repository.stateDirectory, issue, isDead)) {
      await appendInBatches(store, events);
      remove();
      const { length } = events;
      deliveries.push({ file, status: 'delivered', events: length, recorded: length });
    }
  }
  return deliveries;
}

function report({ host }: Recorder, { status, events, recorded }: Delivery): void {
  const text =
    status === 'delivered'
      ? `in the log now: ${formatCount(recorded, 'event')} that an earlier run could not record`
      : `another run has overtaken ${formatCount(events, 'event')} of an earlier one: in the log now are ${formatCount(recorded, 'model call')}, the rest is kept for you to look at`;
  host.report({ kind: 'note', level: status === 'delivered' ? 'info' : 'warning', text });
}
