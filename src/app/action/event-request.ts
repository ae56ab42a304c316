/** Somebody an event names: to be looked up at the platform, never to be believed. */
export type Sender = { id: string; login: string };

/**
 * What an event asks for. An event is untrusted: these are ids and numbers out of it, everything else is read again
 * through the platform.
 */
export type EventRequest =
  | { kind: 'idle'; because: string }
  /** A round over all issues. */
  | { kind: 'orchestrate' }
  | { kind: 'step'; issue: number; lineage: number }
  | { kind: 'label'; issue: number }
  | { kind: 'comment'; on: 'comment' | 'review-comment'; number: number; id: string }
  | { kind: 'review'; issue: number; pull: number; id: string }
  /** Something that this issue may wait for has ended. */
  | { kind: 'wake'; issue: number }
  | { kind: 'wake-deployments' }
  | { kind: 'dashboard'; number: number; by: Sender };

export type EventSource = {
  /** `GITHUB_EVENT_NAME`. */
  name: string;
  /** The payload; undefined where there is none. */
  payload: unknown;
  /** Path of the workflow that runs, such as `.github/workflows/tamma.yml`; empty where nobody knows. */
  workflow: string;
  /** Whether a label of this name may make an issue eligible, as far as can be told at once. */
  mayMatter(label: string): boolean;
};

/** What one kind of event asks for. */
export type EventReader = (payload: unknown, source: EventSource) => EventRequest;

/** Runs in one row that nobody but Tamma started: a loop in which every gate fails twice is shorter. */
export const MAX_LINEAGE = 100;

export function idle(because: string): EventRequest {
  return { kind: 'idle', because };
}
