import { TammaError } from '../../core/errors.ts';
import { GENESIS } from '../../core/events/chain.ts';
import type { LogProblem, VerifyReport } from '../../core/events/verification.ts';
import type { BranchObjects } from './branch-objects.ts';
import { isTransient, toLogError } from './git-failures.ts';
import type { LogBackend, ParkedRef, Sync } from './log-backend.ts';
import type { Retry } from './retry.ts';
import { checkDescends, EMPTY, openTip, type Tip } from './tip.ts';

export type LookOptions = {
  /** False: a head seen a moment ago will do; `seen`: any that was seen. */
  fresh: boolean | 'seen';
  retry: Retry;
  /** Whether the parked batches say enough: then the head stays the one that was known. */
  stop?: (parked: readonly ParkedRef[]) => boolean;
};
export type Look = (options: LookOptions) => Promise<Tip>;

/** What this process knows of the log; it only ever goes forward. One look or change at a time, in the order asked for. */
export type LogView = {
  look: Look;
  /** Batches that waited when somebody looked last. */
  parked(): readonly ParkedRef[];
  /** `act` must use the `look` it is given, and answers with the log as it is afterwards. */
  change<T>(act: (look: Look) => Promise<{ result: T; tip: Tip }>): Promise<T>;
  /** `act` gets the commit as it is there, whatever it holds. What is wrong with how it came to be is added to its report. */
  verify(retry: Retry, act: (commit: string | null) => Promise<VerifyReport>): Promise<VerifyReport>;
};

export type LogViewOptions = {
  backend: LogBackend;
  objects: BranchObjects;
  /** How long a head counts as seen a moment ago, where others write too; 0: never. */
  youngMs: number;
};

/** After so many appends of our own that met nobody else the head is taken for the newest, whatever its age. */
const ALONE_APPENDS = 3;

export function createLogView({ backend, objects, youngMs }: LogViewOptions): LogView {
  let known = EMPTY;
  let parked: readonly ParkedRef[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** Publishing compares anyway: who is alone need not ask first, and who is not would lose a race for it. */
  let ownInRow = ALONE_APPENDS;
  let queue: Promise<unknown> = Promise.resolve();

  function take(tip: Tip): Tip {
    known = tip;
    lookedAt = performance.now();
    return tip;
  }

  const look: Look = async ({ fresh, retry, stop }) => {
    const age = performance.now() - lookedAt;
    const isYoung = age < (youngMs > 0 && ownInRow >= ALONE_APPENDS ? Number.POSITIVE_INFINITY : youngMs);
    if (fresh === 'seen' ? Number.isFinite(age) : !fresh && isYoung) return known;
    const sync = await syncPatiently(backend, retry, () => backend.sync(known.commit, stop));
    parked = sync.parked;
    if (sync.commit === known.commit) return take(known);
    await checkKnown(sync.commit);
    if (known.commit !== null) ownInRow = 0;
    return take(sync.commit === null ? EMPTY : await openTip(objects, sync.commit, backend.place));
  };

  async function checkKnown(commit: string | null): Promise<void> {
    if (known.commit === null) return;
    await checkDescends(objects, { from: known.commit, to: commit, place: backend.place });
  }

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = queue.then(act, act);
    queue = turn.catch(() => {});
    return turn;
  }

  return {
    look: (options) => inTurn(() => look(options)),
    parked: () => parked,
    change: (act) =>
      inTurn(async () => {
        const { result, tip } = await act(look);
        if (tip === known) return result;
        ownInRow += 1;
        parked = [];
        take(tip);
        return result;
      }),
    verify: (retry, act) =>
      inTurn(async () => {
        try {
          const { commit } = await syncPatiently(backend, retry, () => backend.sync(known.commit));
          const report = await act(commit);
          const rewritten = await findProblems(checkKnown(commit), backend.place);
          return {
            ...report,
            ok: report.ok && rewritten.length === 0,
            problems: [...rewritten, ...report.problems],
          };
        } catch (thrown) {
          return { ok: false, events: 0, head: GENESIS, problems: [toProblem(thrown, backend.place)] };
        }
      }),
  };
}

async function findProblems(check: Promise<void>, place: string): Promise<LogProblem[]> {
  try {
    await check;
    return [];
  } catch (thrown) {
    return [toProblem(thrown, place)];
  }
}

/** Damage as a finding; anything else goes on as the failure it is. */
function toProblem(thrown: unknown, place: string): LogProblem {
  if (!(thrown instanceof TammaError && thrown.code === 'LOG_CORRUPT')) throw thrown;
  const kind = 'from' in thrown.details ? 'rewritten' : 'foreign';
  return { kind, position: null, place, message: thrown.message };
}

/** The branch's commit; failures that may pass are given the time that `retry` has. */
async function syncPatiently(backend: LogBackend, retry: Retry, sync: () => Promise<Sync>): Promise<Sync> {
  for (;;) {
    try {
      return await sync();
    } catch (thrown) {
      const error = toLogError(thrown, backend.place);
      if (!isTransient(error)) throw error;
      await retry.wait(() => error);
    }
  }
}
