import type { Holder } from '../core/events/parts.ts';
import { describeMachine, findProcessStart } from '../lib/process-identity.ts';

/** This process as the holder of claims. `runId` names the run for people and in the tag `runId`. */
export function createHolder(runId: string): Holder {
  return { runId, host: describeMachine(), pid: process.pid, startedAt: findProcessStart(process.pid) ?? '' };
}

/** Same machine: whether that very process still runs. Another machine: unknown, and its lease decides. */
export function isHolderAlive(holder: Holder): 'alive' | 'dead' | 'unknown' {
  if (holder.host !== describeMachine() || holder.startedAt === '') return 'unknown';
  return findProcessStart(holder.pid) === holder.startedAt ? 'alive' : 'dead';
}
