import type { LoopState } from '../../../src/core/state.ts';
import type { GitHubHome } from './home.ts';

/** Rounds of the clock that are waited for at most. */
const MOST_ROUNDS = 8;

/**
 * One issue from its label to its end, with bob's approving review in between. Where nothing moves, the clock strikes.
 * Answers with the number of the issue.
 */
export async function deliver(home: GitHubHome, given?: number): Promise<number> {
  const issue = given ?? (await home.open(1));
  await home.label(issue);
  const asked = await runUntil(home, issue, ({ wait }) => wait?.for === 'approval');
  await home.person('bob').review(asked.pull?.number ?? 0, 'APPROVE');
  await runUntil(home, issue, ({ status }) => status === 'done');
  return issue;
}

/** Throws, with what the runs said, where it never comes to that. */
export async function runUntil(
  home: GitHubHome,
  issue: number,
  isThere: (state: LoopState) => boolean,
): Promise<LoopState> {
  await home.runUntilIdle();
  for (let round = 0; ; round += 1) {
    const state = await home.state(issue);
    if (isThere(state)) return state;
    if (round === MOST_ROUNDS)
      throw new Error(`#${issue} is ${state.status} at ${state.cursor}\n${home.describeRuns()}`);
    await home.schedule();
  }
}
