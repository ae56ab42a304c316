import type { Decision } from '../core/decide.ts';
import type { LoopOutline } from '../core/state.ts';
import { decideHere } from './claim.ts';
import { withKnownDeaths } from './dead-runs.ts';
import type { Heard } from './hear.ts';
import { hearLost } from './hear-lost.ts';
import { hearReviews } from './hear-review.ts';
import { isWaitOver } from './poll-waits.ts';
import { readState } from './read-state.ts';
import type { OrchestrateReport } from './reports.ts';
import type { Runtime } from './runtime.ts';
import { readAllStatus } from './status.ts';

/** An issue whose chain of runs lives has something in the log this often; one that waits longer is taken up again. */
const STALLED_MINUTES = 15;

/** An issue that waits for a person this long no longer keeps another one from being begun. */
const PATIENCE_HOURS = 24;

/** However many wait for people: this many times `maxActive` are never under way together. */
const MOST_UNDER_WAY = 3;

/** `woken`: somebody has just said something that lets it go on. */
export type UnderWay = { issue: number; state: LoopOutline; woken: boolean };

/**
 * Every issue the log has selected, as far as it has been seen, whether it is still open or not, after what people said
 * was heard; and those they began.
 */
export async function readUnderWay(runtime: Runtime, { hear }: { hear: boolean }): Promise<UnderWay[]> {
  const woken = new Set(hear ? listWoken(await hearLost(runtime)) : []);
  const known = (await readAllStatus(runtime, { asSeen: true })).filter(
    ({ issue, state }) => state.issue || woken.has(issue),
  );
  const entries: UnderWay[] = [];
  for (const { issue, state } of known) {
    const isAsking = hear && state.wait?.for === 'approval';
    const heard = isAsking ? await hearReviews(runtime, issue, state) : [];
    const now = heard.length > 0 ? await readState(runtime.store, issue, { asSeen: true }) : state;
    entries.push({ issue, state: now, woken: woken.has(issue) || listWoken(heard).length > 0 });
  }
  return entries;
}

function listWoken(heard: readonly Heard[]): number[] {
  return heard.flatMap((one) => (one.status === 'answered' && one.goOn ? [one.issue] : []));
}

/**
 * Whether this issue should be taken up: a step that can run, or a person who has to be told. Where issues have runs of
 * their own, one whose run may be about to start is left to it, and a wait is left alone until it is over.
 */
export async function isRipe(
  runtime: Runtime,
  entry: UnderWay,
  { ownRuns }: { ownRuns: boolean },
): Promise<boolean> {
  const { state, woken } = entry;
  const live = await withKnownDeaths(runtime, state);
  if (!isDue(decideHere(live, state))) return false;
  if (state.wait?.for === 'ci' || state.wait?.for === 'deployment') return isWaitOver(runtime, state);
  // What the platform put off is due now, or nobody would have come here.
  if (!ownRuns || woken || state.claim || state.wait?.for === 'platform') return true;
  return !((state.updatedAt ?? '') > beforeStall(runtime));
}

/** What has said nothing since then has stopped. */
export function beforeStall({ clock }: Runtime): string {
  return new Date(clock.now().getTime() - STALLED_MINUTES * 60_000).toISOString();
}

function isDue({ kind }: Decision): boolean {
  return kind === 'run' || kind === 'escalate';
}

/** How many more may be begun; below none where too many are under way already. */
export function countFree({ config, clock }: Runtime, active: readonly UnderWay[]): number {
  const now = clock.now().getTime();
  const isPatient = ({ state }: UnderWay) =>
    (state.wait?.for === 'answers' || state.wait?.for === 'approval') &&
    now - Date.parse(state.wait.since) > PATIENCE_HOURS * 3_600_000;
  const busy = active.filter((entry) => !isPatient(entry)).length;
  const { maxActive } = config.select;
  return Math.max(0, Math.min(maxActive - busy, maxActive * MOST_UNDER_WAY - active.length));
}

/** What this issue waits for, and the command that ends it where a person has to give one. */
export function toWaiting(runtime: Runtime, state: LoopOutline): OrchestrateReport['waiting'] {
  const decision = decideHere(runtime, state);
  const isPolled = state.wait?.for === 'ci' || state.wait?.for === 'deployment';
  if (!state.issue || !(decision.kind === 'wait' || isPolled)) return [];
  const command = decision.kind === 'wait' ? decision.command : null;
  return [{ issue: state.issue.number, for: state.wait?.for ?? '', command }];
}
