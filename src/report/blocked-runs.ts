import type { LoopState } from '../core/state.ts';
import { renderWaitHeadline } from './headline.ts';
import { joinSections, link } from './markdown.ts';
import { toInline } from './untrusted.ts';

const MAX_RUNS = 10;

type BlockedRun = { name: string; url?: string | null | undefined };

/** Which click lets the checks run: pull requests of a bot wait for a person (GitHub, since 2026-06-11). */
export function renderBlockedRuns(state: LoopState, runs: readonly BlockedRun[]): string {
  const { pull } = state;
  const where = pull ? link(`pull request #${pull.number}`, pull.url) : 'the pull request';
  const listed = runs
    .slice(0, MAX_RUNS)
    .map(({ name, url }) => `- ${link(toInline(name, 100).replace(/[[\]]/g, ''), url ?? '')}`);
  if (runs.length > MAX_RUNS) listed.push(`- and ${runs.length - MAX_RUNS} more`);
  return joinSections([
    renderWaitHeadline(state, 'ci'),
    `**Somebody with write access** opens ${where} and clicks **Approve workflows to run**. Then it goes on by itself.`,
    listed.join('\n'),
    'To do without the click: give the workflow an app (`app-id`, `app-private-key`), or name the project’s own CI under `ci.workflow`.',
  ]);
}
