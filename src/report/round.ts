import { formatUsd } from '../lib/quantities.ts';
import { code } from './markdown.ts';
import { type CommandPrefix, rewriteCommand } from './render-options.ts';
import { toInline } from './untrusted.ts';

/** What one round over all issues came to. */
export type RoundView = {
  /** `because` may tell what a gate said: foreign text. */
  picked: readonly { issue: number; because: string; report: unknown; dispatched?: boolean }[];
  waiting: readonly { issue: number; for: string; command: string | null }[];
  held?: readonly { issue: number; because: string }[];
  queue: readonly number[];
  budget?: { spentUsd: number; limitUsd: number } | null | undefined;
};

/** A round for the summary of its run; issues that got a step are told by their own. */
export function renderRound(round: RoundView, commandPrefix: CommandPrefix): string {
  const { picked, waiting, held = [], queue, budget } = round;
  const lines = [
    ...picked
      .filter(({ report }) => report === null)
      .map(
        ({ issue, because, dispatched }) =>
          `- #${issue} ${describePick(dispatched)}: ${toInline(because, 200)}`,
      ),
    ...waiting.map(({ issue, for: what, command }) => {
      const give = command ? `: ${code(rewriteCommand(command, { issue, commandPrefix }))}` : '';
      return `- #${issue} is waiting for ${what === 'ci' ? 'CI' : what}${give}`;
    }),
    ...held.map(({ issue, because }) => `- #${issue} is not begun: ${toInline(because, 200)}`),
    ...(queue.length > 0 ? [`- queued: ${queue.map((issue) => `#${issue}`).join(', ')}`] : []),
    ...(budget
      ? [`- nothing is begun: ${formatUsd(budget.spentUsd)} of ${formatUsd(budget.limitUsd)} are spent`]
      : []),
  ];
  if (lines.length > 0) return ['## Issues', '', ...lines].join('\n');
  return picked.length === 0 ? 'Nothing to do: no issue is eligible, and none can go on.' : '';
}

function describePick(dispatched: boolean | undefined): string {
  if (dispatched === undefined) return 'would run';
  return dispatched ? 'has a run of its own now' : 'could not be started';
}
