import type { Actor } from '../../core/events/envelope.ts';

export type Comment = {
  id: string;
  /** `human` only for the account of a person who wrote it without an app in between: nobody else ever triggers anything. */
  author: Actor;
  createdAt: string;
  editedAt: string | null;
  body: string;
  /** Set on comments Tamma keeps up to date: they are no input. */
  marker: string | null;
};

/** Where something was said. `number` is that of the issue or pull request; ids are the platform's own. */
export type CommentPlace = { kind: 'comment' | 'review-comment'; number: number; id: string };

/** An issue as the platform gives it: every text in it is untrusted. `number` is positive and final. */
export type Issue = {
  number: number;
  title: string;
  body: string;
  labels: readonly string[];
  state: 'open' | 'closed';
  assignees: readonly string[];
  author: string;
  /** Smaller comes first; null where nobody set one. */
  priority: number | null;
  createdAt: string;
  updatedAt: string;
  url: string;
  /** Open issues that this one is blocked by, where the platform knows such links. */
  openBlockers?: number;
  /** A pull request, where the platform numbers both in one row and the number was one of those. */
  isPull?: boolean;
  /** All of them in an answer of `get` and `update`; `list` leaves them out where they would cost requests. */
  comments: readonly Comment[];
};

/** A change of one issue, applied as one write where the platform can. Everything in it converges: repeating it changes nothing. */
export type IssueChange = {
  assign?: 'self';
  addLabels?: readonly string[];
  removeLabels?: readonly string[];
  /** One comment per marker: created, or edited in place. The marker is hidden from readers. */
  comment?: { marker: string; body: string };
  /** The text of an issue that Tamma itself opened with `ensure`; never of anybody else's. */
  body?: string;
  close?: { reason: string };
};

export interface IssuePort {
  /** Open issues that carry one of `labels.include` and none of `labels.exclude`. */
  list(filter: { include: readonly string[]; exclude: readonly string[] }): Promise<Issue[]>;
  /** Throws ISSUE_NOT_FOUND, ISSUE_INVALID. */
  get(number: number): Promise<Issue>;
  /** Converges and answers with what it read back. */
  update(number: number, change: IssueChange): Promise<Issue>;
  /** Creates an issue once per `marker`. */
  ensure(draft: { marker: string; title: string; body: string; labels: readonly string[] }): Promise<Issue>;
}

/** Something that was said, with the place where it really stands: on an issue, or on a pull request. */
export type Said = Comment & { place: CommentPlace; onPull: boolean };

/** What people say one by one: every event is read again here before anything is made of it. */
export interface CommentPort {
  /** As it stands now; undefined where it is gone, or stands somewhere else than `place` says. */
  get(place: CommentPlace): Promise<Said | undefined>;
  /** What was written or edited at or after a time, everywhere in the repository, oldest first; of very much the newest. */
  since(time: string): Promise<Said[]>;
  /** One comment per marker on an issue or pull request, made or edited in place. May be repeated. Absent: `issues.update` does it. */
  keep?(number: number, comment: { marker: string; body: string }): Promise<void>;
}

export type Reaction = '+1' | '-1' | 'eyes' | 'confused' | 'rocket';

export interface ReactionPort {
  /** May be repeated. */
  add(place: CommentPlace, reaction: Reaction): Promise<void>;
}

export interface LabelPort {
  /** Who put this label on the issue last; undefined where the platform cannot tell. */
  setBy(number: number, label: string): Promise<Actor | undefined>;
}
