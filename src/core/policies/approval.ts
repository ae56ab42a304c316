import type { Config } from '../config/schema.ts';
import type { Plan } from '../events/parts.ts';
import { type ChangedPath, judgeChanges } from './paths.ts';

export type ApprovalNeed = {
  required: boolean;
  /** Why a person is asked, for that person; empty where nobody is. At most 12, each one line. */
  reasons: string[];
};

/** Beyond these a change is a large refactor, and a person looks at it. */
export const LARGE_CHANGE = { lines: 400, files: 15 } as const;

/** Whether a plan needs a person before code is written. */
export function judgeDesignApproval(facts: {
  config: Config;
  plan: Plan;
  labels?: readonly string[];
}): ApprovalNeed {
  const { config, plan, labels = [] } = facts;
  return toNeed([
    ...(config.approval.design === 'required'
      ? ['the configuration asks for it (approval.design: required)']
      : []),
    ...judgePlan(plan),
    ...(labels.includes('design-options-needed')
      ? ['the label design-options-needed asks for a choice']
      : []),
    ...(plan.options.length > 1 ? [`there are ${plan.options.length} options to choose from`] : []),
    ...(plan.newDependencies.length > 0 ? [`new dependencies: ${plan.newDependencies.join(', ')}`] : []),
    ...judgePlannedFiles(config, plan),
  ]);
}

/** Whether a finished change needs a person before it is merged. */
export function judgeMergeApproval(facts: {
  config: Config;
  plan: Plan | null;
  changes: readonly ChangedPath[];
  /** Added and removed lines together. */
  changedLines: number;
  /** What gates noted for a person: weaker tests, scans that could not run. */
  noted?: readonly string[];
}): ApprovalNeed {
  const { config, plan, changes, changedLines, noted = [] } = facts;
  const deleted = changes.filter(({ status }) => status === 'deleted').map(({ path }) => path);
  return toNeed([
    ...(config.approval.merge === 'required'
      ? ['the configuration asks for it (approval.merge: required)']
      : []),
    ...(plan ? judgePlan(plan) : ['there is no approved plan']),
    ...(deleted.length > 0 ? [`files are deleted: ${list(deleted)}`] : []),
    ...judgeSize(changes.length, changedLines),
    ...judgePaths(config, changes, plan),
    ...noted,
  ]);
}

function judgePlan(plan: Plan): string[] {
  return [
    ...(plan.breakingChange.expected ? [`a breaking change is expected: ${plan.breakingChange.reason}`] : []),
    ...(plan.risk === 'low'
      ? []
      : [`the risk is ${plan.risk}: ${plan.riskReasons.join('; ') || 'no reason was given'}`]),
  ];
}

function judgeSize(files: number, lines: number): string[] {
  const isLarge = !(files <= LARGE_CHANGE.files && lines <= LARGE_CHANGE.lines);
  return isLarge
    ? [
        `it is large: ${lines} lines in ${files} files (${LARGE_CHANGE.lines} and ${LARGE_CHANGE.files} are the limits)`,
      ]
    : [];
}

/** Grouped by rule, so that a hundred paths are one reason. */
function judgePaths(config: Config, changes: readonly ChangedPath[], plan: Plan | null): string[] {
  const scope = [...new Set(plan?.steps.flatMap((step) => step.files) ?? [])];
  const verdicts = judgeChanges(changes, {
    add: config.protected.add,
    limits: { files: config.limits.changedFiles },
  });
  const outside =
    scope.length > 0
      ? judgeChanges(changes, { scope }).filter((verdict) => verdict.rule === 'SCOPE_EXCEEDED')
      : [];
  const groups = new Map<string, string[]>();
  for (const verdict of verdicts) {
    if (verdict.decision === 'allowed') continue;
    const paths = groups.get(verdict.reason) ?? [];
    groups.set(verdict.reason, [...paths, verdict.path || 'the change']);
  }
  return [
    ...[...groups].map(([reason, paths]) => `${list(paths)} ${reason}`),
    ...(outside.length > 0 ? [`not part of the plan: ${list(outside.map(({ path }) => path))}`] : []),
  ];
}

function judgePlannedFiles(config: Config, plan: Plan): string[] {
  const files = [...new Set(plan.steps.flatMap((step) => step.files))].filter(
    (path) => !/[*?[\]]/.test(path),
  );
  const changes = files.map(
    (path): ChangedPath => ({ status: 'modified', path, oldMode: '100644', newMode: '100644' }),
  );
  return judgePaths(config, changes, null);
}

function list(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).join(', ');
  return paths.length > 5 ? `${shown} and ${paths.length - 5} more` : shown;
}

function toNeed(reasons: readonly string[]): ApprovalNeed {
  const lines = [...new Set(reasons)].map((reason) =>
    reason.length > 500 ? `${reason.slice(0, 499)}…` : reason,
  );
  return { required: lines.length > 0, reasons: lines.slice(0, 12) };
}
