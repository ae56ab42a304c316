import { isOfType } from '../core/events/event.ts';
import { readEvents, readState } from './read-state.ts';
import type { Runtime } from './runtime.ts';

/**
 * The issue that a pull request of ours is for; undefined for everybody else's. The log names it, the branch has its
 * number, and the platform has the pull request on that branch now.
 */
export async function findIssueOfPull(runtime: Runtime, number: number): Promise<number | undefined> {
  const items = [{ types: ['PR.CREATED.SUCCESS'], tags: { prId: String(number) } }];
  const created = (await readEvents(runtime.store, { items })).findLast((event) =>
    isOfType(event, 'PR.CREATED.SUCCESS'),
  );
  const issue = Number(created?.tags.issueId);
  if (!Number.isSafeInteger(issue) || issue < 1) return undefined;
  const { branch, pull } = await readState(runtime.store, issue);
  if (pull?.number !== number || !branch?.startsWith(`tamma/${issue}-`)) return undefined;
  const known = await runtime.platform.pulls.find(branch);
  return known?.number === number ? issue : undefined;
}
