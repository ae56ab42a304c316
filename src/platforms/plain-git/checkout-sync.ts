import { hostname } from 'node:os';
import { TammaError } from '../../core/errors.ts';
import { checkSha, isLocked } from '../../lib/git.ts';
import { readObjects, writeBlob } from '../../lib/git-objects.ts';
import { waitWithJitter } from '../../lib/jitter.ts';
import type { Swap, SwapResult } from '../git/refs.ts';
import { type Checkout, checkCanFollow, exists, followBranch, isStandingOn } from './checkout.ts';
import { clearHalfWritten } from './half-written.ts';
import { findLocalRef, readLocalRefs, swapLocalRef, transact } from './ref-transaction.ts';

/**
 * While a checkout follows its branch this ref points to a blob that says so. It is made in the same transaction that
 * moves the branch and taken away when the files are there, so it is lock and record in one: whoever finds it waits for
 * a living holder and finishes the work of a dead one. A ref, because only a ref can be taken over by compare-and-swap.
 */
const SYNC_REF = 'refs/tamma/checkout-sync';

type SyncRecord = Checkout & { ref: string; from: string; to: string; host: string; pid: number };

type Move = Swap & { from: string; to: string };

/** Moves a branch that somebody has checked out. Throws CHECKOUT_DIRTY or CHECKOUT_LOCKED before anything is written. */
export async function moveWithCheckout(
  gitDirectory: string,
  checkout: Checkout,
  move: Move,
): Promise<SwapResult> {
  const record = await writeRecord(gitDirectory, {
    ...checkout,
    ref: move.ref,
    from: move.from,
    to: move.to,
    ...self(),
  });
  for (let attempt = 0; ; attempt += 1) {
    const now = await readLocalRefs(gitDirectory, [move.ref, SYNC_REF]);
    const head = now.get(move.ref);
    if (head !== move.from) return { status: 'moved', head: head ?? null };
    if (now.has(SYNC_REF)) {
      await settleCheckout(gitDirectory);
      continue;
    }
    if (await isOvertaken(gitDirectory, checkout, move)) continue;
    try {
      await transact(gitDirectory, [{ ref: SYNC_REF, from: null, to: record }, move]);
      break;
    } catch (error) {
      const { verify } = move;
      if (verify && (await findLocalRef(gitDirectory, verify.ref)) !== verify.at)
        return { status: 'moved', head };
      const someoneElse =
        (await findLocalRef(gitDirectory, SYNC_REF)) || (await findLocalRef(gitDirectory, move.ref)) !== head;
      if (attempt >= 10 || !(someoneElse || isLocked(error))) throw error;
      await waitWithJitter(attempt);
    }
  }
  await follow(gitDirectory, record, { checkout, move });
  return { status: 'done' };
}

/**
 * Waits until no other process brings a checkout up to date, and finishes what a killed one began. Throws
 * CHECKOUT_DIRTY where its owner has changed the very files since. May be repeated.
 */
export async function settleCheckout(gitDirectory: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const found = await findLocalRef(gitDirectory, SYNC_REF);
    if (!found) return;
    const record = await readRecord(gitDirectory, found);
    if (isAlive(record) && attempt < 40) {
      await waitWithJitter(attempt);
      continue;
    }
    const mine = await writeRecord(gitDirectory, { ...record, ...self() });
    const taken = await swapLocalRef(gitDirectory, { ref: SYNC_REF, from: found, to: mine });
    if (taken.status === 'done') await heal(gitDirectory, mine, record);
  }
}

/** The owner's changes are in the way only if the branch has not moved meanwhile: then the index is simply newer. */
async function isOvertaken(gitDirectory: string, checkout: Checkout, move: Move): Promise<boolean> {
  try {
    await checkCanFollow(checkout, move);
    return false;
  } catch (error) {
    if ((await findLocalRef(gitDirectory, move.ref)) !== move.from) return true;
    throw error;
  }
}

async function follow(
  gitDirectory: string,
  record: string,
  { checkout, move }: { checkout: Checkout; move: Move },
): Promise<void> {
  try {
    await followBranch(checkout, move);
  } catch (error) {
    await release(gitDirectory, record);
    throw error;
  }
  await swapLocalRef(gitDirectory, { ref: SYNC_REF, from: record, to: null });
}

async function heal(gitDirectory: string, mine: string, record: SyncRecord): Promise<void> {
  const { directory, gitDirectory: own, ref, from, to } = record;
  const checkout: Checkout = { directory, gitDirectory: own };
  try {
    const isBehind =
      (await findLocalRef(gitDirectory, ref)) === to &&
      (await exists(directory)) &&
      (await isStandingOn(checkout, ref));
    if (isBehind && (await clearHalfWritten(checkout, { from, to })))
      await followBranch(checkout, { from, to });
  } catch (error) {
    await release(gitDirectory, mine);
    throw explain(error, record);
  }
  await swapLocalRef(gitDirectory, { ref: SYNC_REF, from: mine, to: null });
}

function explain(error: unknown, { directory, ref, to }: SyncRecord): unknown {
  if (!(error instanceof TammaError) || error.code !== 'CHECKOUT_DIRTY') return error;
  return new TammaError(
    'CHECKOUT_DIRTY',
    `${ref} moved to ${to.slice(0, 12)} before the checkout could follow; ${error.message}`,
    {
      help: `Copy your changes of these files aside, run \`git -C ${directory} reset --hard\`, and put them back.`,
      details: error.details,
      cause: error,
    },
  );
}

/** The record stays for the next run, without a holder to wait for. */
async function release(gitDirectory: string, record: string): Promise<void> {
  const held = await readRecord(gitDirectory, record);
  const free = await writeRecord(gitDirectory, { ...held, pid: 0 });
  await swapLocalRef(gitDirectory, { ref: SYNC_REF, from: record, to: free });
}

function writeRecord(gitDirectory: string, record: SyncRecord): Promise<string> {
  return writeBlob(gitDirectory, JSON.stringify(record));
}

async function readRecord(gitDirectory: string, blob: string): Promise<SyncRecord> {
  const content = (await readObjects(gitDirectory, [checkSha(blob)])).get(blob);
  return JSON.parse(content?.toString() ?? '') as SyncRecord;
}

function self(): { host: string; pid: number } {
  return { host: hostname(), pid: process.pid };
}

/** A process of another machine counts as alive for as long as we wait at all. */
function isAlive({ host, pid }: SyncRecord): boolean {
  if (host !== hostname()) return true;
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
