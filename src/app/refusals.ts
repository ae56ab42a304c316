import type { Intent } from '../core/intents.ts';
import type { LoopState } from '../core/state.ts';
import { renderRefusal } from '../report/refusal.ts';
import { publishOutcome } from './publish-outcome.ts';
import type { Runtime } from './runtime.ts';

type Explanation = {
  state: LoopState;
  /** Number of the issue or pull request where it was said. */
  page: number;
  command: string;
  message: string;
};

/** Says why, where it was asked: one comment a page, edited in place, so that nobody can make Tamma talk on and on. On a
 * finished issue nothing is explained any more: the reaction and the record stay. */
export async function sayRefusal(
  runtime: Runtime,
  { state, page, command, message }: Explanation,
): Promise<void> {
  if (runtime.platform.capabilities.issueWrites !== 'api') return;
  // Some are only found later, and would take the place of a newer one that nobody needs any more either.
  if (state.status === 'done') return;
  const comment = { marker: 'refusal', body: renderRefusal({ command, message }) };
  const intents: Intent[] = [{ kind: 'issue', number: page, comment }];
  // The page may be one this issue has nothing to do with: somebody's own pull request, or the dashboard.
  await publishOutcome(runtime, { issue: page, state, intents });
}
