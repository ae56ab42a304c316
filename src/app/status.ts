import type { Decision } from '../core/decide.ts';
import type { LoopOutline, LoopState } from '../core/state.ts';
import type { ReadOptions } from '../ports/event-store.ts';
import { decideHere } from './claim.ts';
import { readState } from './read-state.ts';
import type { Runtime } from './runtime.ts';

export type IssueStatus<S extends LoopOutline = LoopState> = {
  issue: number;
  state: S;
  /** What a run would do now. */
  next: Decision;
};

/** What the log says of one issue. Throws ISSUE_NOT_FOUND where neither the log nor the platform knows it. */
export async function readStatus(runtime: Runtime, issue: number): Promise<IssueStatus> {
  const state = await readState(runtime.store, issue);
  if (state.position === 0) await runtime.platform.issues.get(issue);
  return { issue, state, next: decideHere(runtime, state) };
}

/** Every issue the log knows, in the order of their numbers. */
export async function readAllStatus(
  runtime: Runtime,
  options: Pick<ReadOptions, 'asSeen'> = {},
): Promise<IssueStatus<LoopOutline>[]> {
  const all = await runtime.projections.issues(options);
  return all.map(({ issue, state }) => ({ issue, state, next: decideHere(runtime, state) }));
}
