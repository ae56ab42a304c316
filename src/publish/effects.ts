import type { MergeMethod } from '../ports/platform/pulls.ts';

/** What publishing has done and read back, as data. An effect that was there already is one too: the log may not know. */
export type Effect =
  | { kind: 'branch-created'; branch: string; sha: string; baseSha: string }
  | { kind: 'branch-updated'; branch: string; from: string; sha: string }
  | { kind: 'branch-deleted'; branch: string; sha: string }
  | { kind: 'commit-created'; branch: string; sha: string; message: string }
  | { kind: 'pull-created'; number: number; url: string; branch: string; headSha: string; draft: boolean }
  | { kind: 'pull-updated'; number: number; url: string; headSha: string; draft: boolean }
  | {
      kind: 'pull-merged';
      number: number;
      headSha: string;
      mergeSha: string;
      method: MergeMethod;
      baseBranch: string;
    }
  | { kind: 'issue-assigned'; number: number; assignee: string }
  | { kind: 'issue-labeled'; number: number; labels: readonly string[] }
  | {
      kind: 'workflow-dispatched';
      purpose: 'ci' | 'deployment';
      workflow: string;
      ref: string;
      runId: string;
      url: string;
    }
  | { kind: 'issue-closed'; number: number; reason: string }
  | { kind: 'issue-created'; number: number; title: string }
  | { kind: 'comment-published'; number: number; marker: string; bodyDigest: string };

export type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>;

/** Why publishing stopped before the end. What the platform refuses is an outcome; what breaks is an exception. */
export type Obstacle =
  | { kind: 'branch-moved'; branch: string; expected: string | null; actual: string | null }
  | { kind: 'head-moved'; pull: number; expected: string; actual: string }
  | { kind: 'conflict'; pull: number; files: readonly string[] }
  | { kind: 'base-moved'; pull: number; base: string }
  | { kind: 'not-allowed'; pull: number; reason: string };

export type PublishResult =
  | { status: 'published'; effects: Effect[] }
  /** The effects before the obstacle have happened and stay. `code` is what the run ends with if nobody knows better. */
  | {
      status: 'blocked';
      effects: Effect[];
      obstacle: Obstacle;
      code: 'REALITY_DISAGREES' | 'PUBLISH_FAILED' | 'PLATFORM_REFUSED' | 'REF_MOVED';
      reason: string;
    };
