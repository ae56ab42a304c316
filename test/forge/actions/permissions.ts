import type { Level, Scope, Scopes } from '../state.ts';
import type { Permissions } from './workflow-file.ts';

/** What `permissions:` can name (workflow syntax). */
const NAMES = [
  'actions',
  'attestations',
  'checks',
  'contents',
  'copilot-requests',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'security-events',
  'statuses',
] as const;

export type JobPermissions = Readonly<Record<string, Level | 'none'>>;

/** What a job's token may do: the nearest `permissions`, where any is given everything else is none. */
export function toJobPermissions(
  declared: Permissions | undefined,
  fallback: Level,
  limit?: JobPermissions,
): JobPermissions {
  if (declared === undefined && limit) return limit;
  const wanted = NAMES.map((name) => [name, limitTo(limit, name, wish(declared, name, fallback))] as const);
  return Object.fromEntries(wanted.filter(([, level]) => level !== 'none'));
}

function wish(declared: Permissions | undefined, name: string, fallback: Level): Level | 'none' {
  if (declared === undefined) {
    if (fallback === 'write') return name === 'id-token' ? 'none' : 'write';
    return name === 'contents' || name === 'packages' ? 'read' : 'none';
  }
  if (declared === 'read-all') return 'read';
  if (declared === 'write-all') return 'write';
  return declared[name] ?? 'none';
}

/** A called workflow gets no more than its caller has. */
function limitTo(limit: JobPermissions | undefined, name: string, level: Level | 'none'): Level | 'none' {
  if (!limit || level === 'none') return level;
  const most = limit[name] ?? 'none';
  return most === 'write' ? level : most;
}

/** As the API names them. */
export function toScopes(permissions: JobPermissions): Scopes {
  const entries = Object.entries(permissions).map(([name, level]) => [
    name.replaceAll('-', '_') as Scope,
    level,
  ]);
  return { metadata: 'read', ...Object.fromEntries(entries) } as Scopes;
}
