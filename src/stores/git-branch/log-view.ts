import { TammaError } from '../../core/errors.ts';
import { GENESIS, type LogHead } from '../../core/events/chain.ts';
import type { LogProblem, VerifyReport } from '../../core/events/verification.ts';
import { isTransient, toLogError } from './git-failures.ts';
import type { LogBackend } from './log-backend.ts';
import type { Retry } from './retry.ts';
import { checkDescends, EMPTY, openSnapshot, type Snapshot } from './snapshot.ts';
import { verifyLog } from './verify.ts';

export type LookOptions = {
  /** False: a head seen a moment ago will do; `seen`: any that was seen. */
  fresh: boolean | 'seen';
  retry: Retry;
};
export type Look = (options: LookOptions) => Promise<Snapshot>;

/** What this process knows of the log; it only ever goes forward. One look or change at a time, in the order asked for. */
export type LogView = {
  look: Look;
  /** `act` must use the `look` it is given, and answers with the log as it is afterwards. */
  change<T>(act: (look: Look) => Promise<{ result: T; snapshot: Snapshot }>): Promise<T>;
  verify(retry: Retry, anchor: LogHead | undefined): Promise<VerifyReport>;
};

/** `youngMs`: how long a head counts as seen a moment ago. */
export function createLogView(backend: LogBackend, youngMs: number): LogView {
  let known = EMPTY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let queue: Promise<unknown> = Promise.resolve();

  function take(snapshot: Snapshot): Snapshot {
    known = snapshot;
    lookedAt = performance.now();
    return snapshot;
  }

  const look: Look = async ({ fresh, retry }) => {
    const age = performance.now() - lookedAt;
    if (fresh === 'seen' ? Number.isFinite(age) : !fresh && age < youngMs) return known;
    const commit = await syncPatiently(backend, retry);
    if (commit === known.commit) return take(known);
    if (known.commit !== null) await checkDescends(backend, known.commit, commit);
    return take(commit === null ? EMPTY : await openSnapshot(backend, commit));
  };

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = queue.then(act, act);
    queue = turn.catch(() => {});
    return turn;
  }

  return {
    look: (options) => inTurn(() => look(options)),
    change: (act) =>
      inTurn(async () => {
        const { result, snapshot } = await act(look);
        if (snapshot !== known) take(snapshot);
        return result;
      }),
    verify: (retry, anchor) =>
      inTurn(async () => {
        try {
          const commit = await syncPatiently(backend, retry);
          const report = await verifyLog(backend, commit, anchor);
          const rewritten = known.commit === null ? [] : await findRewriting(backend, known.commit, commit);
          return {
            ...report,
            ok: report.ok && rewritten.length === 0,
            problems: [...report.problems, ...rewritten],
          };
        } catch (thrown) {
          return { ok: false, events: 0, head: GENESIS, problems: [toProblem(thrown, backend.place)] };
        }
      }),
  };
}

async function findRewriting(backend: LogBackend, from: string, to: string | null): Promise<LogProblem[]> {
  try {
    await checkDescends(backend, from, to);
    return [];
  } catch (thrown) {
    return [toProblem(thrown, backend.place)];
  }
}

/** Damage as a finding; anything else goes on as the failure it is. */
function toProblem(thrown: unknown, place: string): LogProblem {
  if (!(thrown instanceof TammaError && thrown.code === 'LOG_CORRUPT')) throw thrown;
  return { kind: 'foreign', position: null, place, message: thrown.message };
}

/** The branch's commit; failures that may pass are given the time that `retry` has. */
async function syncPatiently(backend: LogBackend, retry: Retry): Promise<string | null> {
  for (;;) {
    try {
      return await backend.sync();
    } catch (thrown) {
      const error = toLogError(thrown, backend.place);
      if (!isTransient(error)) throw error;
      await retry.wait(() => error);
    }
  }
}
