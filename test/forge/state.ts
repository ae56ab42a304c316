/** Everything the forge knows, by theme. */
export type * from './state/checks.ts';
export type * from './state/issue.ts';
export type * from './state/people.ts';
export type * from './state/pull.ts';
export type * from './state/runs.ts';
export type * from './state/world.ts';
