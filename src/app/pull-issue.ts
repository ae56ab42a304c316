import type { Runtime } from './runtime.ts';

/**
 * The issue that a pull request of ours is for; undefined for everybody else's. The log names it, the branch has its
 * number, and the platform has the pull request on that branch now.
 */
export async function findIssueOfPull(runtime: Runtime, number: number): Promise<number | undefined> {
  const all = await runtime.projections.issues();
  const found = all.findLast(({ state }) => state.pull?.number === number);
  if (!found || found.issue < 1) return undefined;
  const { issue, state } = found;
  if (!state.branch?.startsWith(`tamma/${issue}-`)) return undefined;
  const known = await runtime.platform.pulls.find(state.branch);
  return known?.number === number ? issue : undefined;
}
