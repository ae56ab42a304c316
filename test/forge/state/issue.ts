import type { Reaction, TokenKind, User } from './people.ts';
import type { Pull } from './pull.ts';

export type Label = { id: number; name: string; color: string; description: string | null };
export type Comment = {
  id: number;
  issue: number;
  user: User;
  body: string;
  createdAt: string;
  updatedAt: string;
  editedAt: string | null;
  reactions: Reaction[];
  kind: TokenKind;
};
export type TimelineEvent = {
  id: number;
  event: string;
  user: User;
  createdAt: string;
  label?: string;
  assignee?: User;
  commit?: string;
};

export type Issue = {
  id: number;
  number: number;
  title: string;
  body: string | null;
  user: User;
  kind: TokenKind;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'reopened' | 'not_planned' | 'duplicate' | null;
  labels: string[];
  assignees: User[];
  reactions: Reaction[];
  comments: Comment[];
  timeline: TimelineEvent[];
  blockedBy: number[];
  subIssues: number[];
  locked: boolean;
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  closedBy: User | null;
  pull: Pull | null;
};
