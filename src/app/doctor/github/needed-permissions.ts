import type { Config } from '../../../core/config/schema.ts';

export type NeededPermission = {
  level: 'read' | 'write';
  /** For people; docs/github.md shows it. */
  reason: string;
  /** Undefined: always. */
  isNeeded?: (config: Config) => boolean;
};

/** What the token of Tamma's job is for, by the names that workflows use. The shipped workflows ask for exactly these. */
export const neededPermissions = {
  contents: { level: 'write', reason: 'the log on `tamma-events`, branches `tamma/*`, the merge' },
  issues: { level: 'write', reason: 'comments, labels, assignment; closing what is done' },
  'pull-requests': { level: 'write', reason: 'opening, describing and merging its pull requests' },
  actions: { level: 'write', reason: 'starting the next run; logs of failed jobs' },
  checks: { level: 'read', reason: 'whether the checks of a pull request passed' },
  statuses: { level: 'read', reason: 'the same, for those that report by status' },
  deployments: {
    level: 'read',
    reason: 'whether a deployment is over',
    isNeeded: ({ deploy }) => deploy.environment !== null,
  },
} as const satisfies Record<string, NeededPermission>;

export type PermissionName = keyof typeof neededPermissions;

/** In the order of the table. */
export function listNeeded(config: Config): (NeededPermission & { name: PermissionName })[] {
  const rows = Object.entries(neededPermissions) as [PermissionName, NeededPermission][];
  return rows.flatMap(([name, row]) => (row.isNeeded?.(config) === false ? [] : [{ name, ...row }]));
}
