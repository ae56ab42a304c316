import type { Intent } from '../core/intents.ts';
import type { CommandRequest } from './ruling.ts';

/** What a command that was accepted changes on the platform. */

export const ACTIVE = { add: ['tamma:active'], remove: ['needs-human-review'] };
export const IDLE = { remove: ['tamma:active', 'tamma:needs-input', 'needs-human-review'] };

/** The parts of an issue as issues of their own, eligible like any other. */
export function openParts({ state, issue, runtime }: CommandRequest): Intent[] {
  const label = runtime.config.labels.include[0];
  return state.split.map(({ title, body }, index) => ({
    kind: 'create-issue',
    marker: `split-${issue}-${index + 1}`,
    title: title.slice(0, 120),
    body,
    labels: label ? [label] : [],
  }));
}

/** What was left to a queue or to auto-merge would still be merged by the platform. */
export function withdrawMerge({ state: { pull, putOff } }: CommandRequest): Intent[] {
  return pull && putOff?.stepId === 'MERGE' ? [{ kind: 'withdraw-merge', pull: pull.number }] : [];
}

export function relabel(
  { issue, state }: CommandRequest,
  { add, remove }: { add?: string[]; remove?: string[] },
): Intent[] {
  if (!state.issue || (!add && !remove)) return [];
  return [
    {
      kind: 'issue',
      number: issue,
      ...(add ? { addLabels: add } : {}),
      ...(remove ? { removeLabels: remove } : {}),
    },
  ];
}
