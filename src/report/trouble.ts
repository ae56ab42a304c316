import { getRow } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';
import { joinSections, link } from './markdown.ts';
import { runUrlOf } from './render-options.ts';
import { toInline } from './untrusted.ts';

/** What kept a run from its step, in the catalogue's words. */
export type Trouble = { message: string; help: string; runId: string };

export function renderTroubleHeadline(state: LoopState): string {
  return `### ✗ Tamma · could not go on: ${getRow(state.cursor).title}`;
}

/** What happened, what to do, and where to look. The next thing said here takes its place. */
export function renderTrouble(state: LoopState, { message, help, runId }: Trouble): string {
  const url = runUrlOf(state, runId);
  return joinSections([
    toInline(message),
    `**What to do:** ${toInline(help)} The next run tries again; \`/tamma run\` starts one.`,
    url && link('The run that stopped', url),
  ]);
}
