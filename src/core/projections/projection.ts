import type { LoggedEvent } from '../events/event.ts';

/**
 * A question about the whole log that is answered from a fold of it. `version` must be another one whenever the same
 * events could come to another state, or the state is written otherwise.
 */
export type Projection<S> = {
  name: string;
  version: string;
  /** A snapshot is worth its bytes after so many events. */
  every: number;
  create(): S;
  /** Takes the next event into `state`, in place. Total: what it does not know passes over. */
  take(state: S, event: LoggedEvent): void;
  /** JSON, the same for the same state. */
  toJson(state: S): unknown;
  /** Only for what `toJson` of this version gave. */
  fromJson(json: unknown): S;
};

/** The issue an event belongs to; undefined where it belongs to none. */
export function issueOf({ tags }: LoggedEvent): number | undefined {
  const issue = Number(tags.issueId);
  return Number.isInteger(issue) ? issue : undefined;
}
