import type { ProjectCommands } from '../core/commands.ts';

/** What every task is told of the issue and the project. The texts are the ones that the approver sees: sanitised, not yet wrapped. */
export type ProjectBrief = {
  issue: { title: string; body: string; comments: readonly { author: string; body: string }[] };
  context: { project: string; commands: ProjectCommands };
  /** The repository as a list of paths or folders. */
  map: string;
  namedFiles: readonly string[];
  recentCommits: readonly string[];
};

/** One more text for a task: findings, answers, feedback, output. Always wrapped as data. */
export type Material = { title: string; text: string };
