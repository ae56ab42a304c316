import picomatch from 'picomatch';
import type { TriggerSettings, WorkflowFacts } from './workflow-facts.ts';

/** A branch as Tamma names them. */
export const WORK_BRANCH = 'tamma/1-a-change';

/** The events by which a change of Tamma's starts this workflow, with the code of that change. */
export function listWaysIn(workflow: WorkflowFacts, defaultBranch: string): string[] {
  const { triggers } = workflow;
  const push = triggers.get('push');
  const pull = triggers.get('pull_request');
  return [
    ...(push && takesPushes(push) && matches(push, WORK_BRANCH) ? ['push'] : []),
    // Its filter is for the branch that is merged into.
    ...(pull && matches(pull, defaultBranch) ? ['pull_request'] : []),
  ];
}

/** With tags named and no branches, branches start nothing (docs, "on.push.<branches|tags|…>"). */
function takesPushes(push: TriggerSettings): boolean {
  const hasBranches = push.branches !== undefined || push['branches-ignore'] !== undefined;
  return hasBranches || (push.tags === undefined && push['tags-ignore'] === undefined);
}

/** In order, the last pattern that matches decides; `!` takes away. `*` does not cross a slash, `**` does. */
function matches(settings: TriggerSettings, branch: string): boolean {
  const ignored = toList(settings['branches-ignore']);
  if (ignored.some((pattern) => isMatch(branch, pattern))) return false;
  if (settings.branches === undefined) return true;
  return toList(settings.branches).reduce((included, pattern) => {
    const isTaken = pattern.startsWith('!');
    return isMatch(branch, isTaken ? pattern.slice(1) : pattern) ? !isTaken : included;
  }, false);
}

function isMatch(branch: string, pattern: string): boolean {
  return picomatch.isMatch(branch, pattern, { dot: true });
}

function toList(value: unknown): string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
}
