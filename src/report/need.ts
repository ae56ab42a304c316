import { getRow } from '../core/loop.ts';
import type { LoopOutline } from '../core/state.ts';
import { findApprovalKind, hasBlockedChecks } from '../core/vocabulary.ts';
import { formatTime } from '../lib/quantities.ts';
import { type RenderOptions, rewriteCommand, whoMay, writeCommand } from './render-options.ts';
import { toCode } from './untrusted.ts';

/** What comes next, in words of ours without a full stop, and the exact commands of whoever has to give one. */
export type Need = { text: string; commands: readonly string[] };

/** Who has to do what now: the same for summaries, lists and terminals. Nothing is needed where the text is empty. */
export function describeNeed(state: LoopOutline, options: RenderOptions): Need {
  const who = whoMay(options);
  const give = (...commands: string[]) => commands.map((command) => rewriteCommand(command, options));
  switch (state.status) {
    case 'waiting':
      return describeWaiting(state, options);
    case 'escalated':
      return { text: `${who} decides`, commands: give(...(state.escalation?.commands ?? [])) };
    case 'taken-over':
    case 'stopped':
      return { text: `${who} lets it go on`, commands: [writeCommand(options, 'resume')] };
    case 'active':
    case 'new':
      return { text: getRow(state.cursor).title, commands: [] };
    case 'done':
      return { text: '', commands: [] };
  }
}

function describeWaiting(state: LoopOutline, options: RenderOptions): Need {
  const { wait } = state;
  const who = whoMay(options);
  const commands = wait?.command ? [rewriteCommand(wait.command, options)] : [];
  const until = wait?.until ? `, until ${formatTime(wait.until)}` : '';
  switch (wait?.for) {
    case 'answers':
      return { text: `${who} answers${until}`, commands };
    case 'approval': {
      const what = findApprovalKind(state) === 'merge' ? 'head' : 'plan';
      return { text: `${who} approves exactly this ${what}${until}`, commands };
    }
    case 'ci':
      return { text: describeCi(state), commands };
    case 'deployment':
      return { text: 'It goes on by itself when the deployment has ended', commands };
    case 'platform':
      return { text: describePutOff(state, (reason) => toCode(reason, 300)), commands };
    default:
      return { text: '', commands };
  }
}

/**
 * Why the platform has put a step off, and the first moment at which it is asked again: true also later, so that the text
 * need not be written anew whenever somebody looks. The reason is the platform’s own words.
 */
export function describePutOff({ wait, putOff }: LoopOutline, show: (reason: string) => string): string {
  const until = wait?.until ? `, not before ${formatTime(wait.until)}` : '';
  return `It goes on by itself${until}${putOff?.reason ? `: ${show(putOff.reason)}` : ''}`;
}

function describeCi(state: LoopOutline): string {
  if (hasBlockedChecks(state))
    return 'Somebody with write access opens the pull request and clicks “Approve workflows to run”';
  const missing = (state.ci?.checks ?? [])
    .filter((check) => check.missing)
    .map(({ name }) => toCode(name, 60));
  const goesOn = 'It goes on by itself when CI has ended';
  return missing.length > 0
    ? `${goesOn}; the rules of the branch want ${missing.slice(0, 5).join(', ')}, which nothing has reported`
    : goesOn;
}
