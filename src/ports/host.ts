import type { Holder } from '../core/events/parts.ts';

/** What happens while a step works, for whoever watches: nothing is decided on it. */
export type Progress =
  | { kind: 'step-started'; stepId: string; title: string; run: number; because: string }
  | { kind: 'step-ended'; stepId: string; outcome: string; summary: string; durationMs: number }
  | { kind: 'tool'; name: string; target: string }
  | { kind: 'cost'; addedUsd: number; issueUsd: number }
  /** `total` where it is known. Given now and then, not for each one. */
  | { kind: 'count'; what: string; done: number; total: number | null }
  | { kind: 'note'; level: 'info' | 'warning'; text: string };

/** The place a run lives in: a CI job or a terminal. */
export interface Host {
  readonly kind: 'terminal' | 'github-actions' | 'gitlab-ci';
  readonly holder: Holder;
  /** Whether the process that holds a claim still lives; `unknown` where this host cannot tell: then the lease decides. */
  isAlive(holder: Holder): 'alive' | 'dead' | 'unknown';
  report(progress: Progress): void;
  /** A secret that came to be during the run: from here on it is shown nowhere. */
  mask?(secret: string): void;
}

/** Time and identity come in as arguments, so that everything else can be replayed. */
export interface Clock {
  now(): Date;
  /** A UUIDv7. */
  newId(): string;
}
