import type { Decision } from '../core/decide.ts';
import { createInitialState, foldEvent, type LoopState } from '../core/state.ts';
import type { ReadOptions } from '../ports/event-store.ts';
import { decideHere } from './claim.ts';
import { readState } from './read-state.ts';
import type { Runtime } from './runtime.ts';

export type IssueStatus = {
  issue: number;
  state: LoopState;
  /** What a run would do now. */
  next: Decision;
};

/** What the log says of one issue. Throws ISSUE_NOT_FOUND where neither the log nor the platform knows it. */
export async function readStatus(runtime: Runtime, issue: number): Promise<IssueStatus> {
  const state = await readState(runtime.store, issue);
  if (state.position === 0) await runtime.platform.issues.get(issue);
  return { issue, state, next: decideHere(runtime, state) };
}

/** Every issue the log knows, in the order of their numbers; the log is read once. */
export async function readAllStatus(
  runtime: Runtime,
  options: Pick<ReadOptions, 'asSeen'> = {},
): Promise<IssueStatus[]> {
  const states = new Map<number, LoopState>();
  for await (const event of runtime.store.read({ items: [] }, options)) {
    const issue = Number(event.tags.issueId);
    if (Number.isInteger(issue))
      states.set(issue, foldEvent(states.get(issue) ?? createInitialState(), event));
  }
  return [...states]
    .sort(([a], [b]) => a - b)
    .map(([issue, state]) => ({ issue, state, next: decideHere(runtime, state) }));
}
