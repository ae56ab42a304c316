import type { RequestRecord } from '../../forge/core.ts';
import type { GitHubHome } from './home.ts';

/** What Tamma has asked of GitHub: requests of people are left out, and git. */
export function listOwnRequests({ forge }: Pick<GitHubHome, 'forge'>): RequestRecord[] {
  return forge.requests.filter(({ kind, token }) => kind !== 'git' && token !== 'pat');
}

export type Cost = {
  requests: number;
  /** What creates or changes something that people see: not the start of a run. */
  writes: number;
  dispatches: number;
};

export function countCost(requests: readonly RequestRecord[]): Cost {
  const writes = requests.filter(({ isWrite }) => isWrite);
  const dispatches = writes.filter(({ path }) => path.endsWith('/dispatches')).length;
  return { requests: requests.length, writes: writes.length - dispatches, dispatches };
}

/** One line a kind of request, the most frequent first. */
export function describeRequests(requests: readonly RequestRecord[]): string {
  const kinds = new Map<string, number>();
  for (const { method, path, operations, status } of requests) {
    const place = path
      .replace(/[0-9a-f]{40}/g, 'SHA')
      .replace(/\d+/g, 'N')
      .replace(/^\/repos\/[^/]+\/[^/]+/, '');
    const kind = `${method} ${operations.length > 0 ? operations.join(' ') : place} ${status}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const rows = [...kinds].sort(([, a], [, b]) => b - a);
  return rows.map(([kind, count]) => `${String(count).padStart(4)} ${kind}`).join('\n');
}
