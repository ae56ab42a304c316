import type { Platform } from '../ports/platform.ts';
import { applyIntent, type Publisher } from './apply.ts';
import type { Effect, Obstacle, PublishResult } from './effects.ts';
import { type LeakCheck, type PublishScope, prepareIntents } from './outgoing.ts';

export type PublishOptions = {
  /** As they came from the step, possibly by way of a file that another job wrote. */
  intents: readonly unknown[];
  platform: Platform;
  repository: Publisher['repository'];
  redactor: LeakCheck;
  scope: PublishScope;
};

/**
 * Brings the platform to what the step wants, one intent after the other, and reads back what became of it. May be
 * repeated, also after a kill at any moment: it converges, and answers with the same effects. Throws POLICY_VIOLATION
 * before anything is written, and whatever the platform throws; what was written until then stays.
 */
export async function publishIntents({ intents, redactor, ...rest }: PublishOptions): Promise<PublishResult> {
  const publisher: Publisher = { ...rest, leaks: redactor };
  const effects: Effect[] = [];
  for (const intent of prepareIntents(intents, rest.scope, redactor)) {
    const applied = await applyIntent(intent, publisher);
    if (applied.status === 'blocked')
      return {
        status: 'blocked',
        effects,
        obstacle: applied.obstacle,
        ...describeObstacle(applied.obstacle),
      };
    effects.push(...applied.effects);
  }
  return { status: 'published', effects };
}

function describeObstacle(
  obstacle: Obstacle,
): Pick<Extract<PublishResult, { status: 'blocked' }>, 'code' | 'reason'> {
  switch (obstacle.kind) {
    case 'branch-moved': {
      const { branch, expected, actual } = obstacle;
      const reason = `the log says ${branch} ${describePlace(expected)}, but it ${describePlace(actual)}: somebody else worked on it`;
      return { code: 'REALITY_DISAGREES', reason };
    }
    case 'head-moved': {
      const { pull, expected, actual } = obstacle;
      const reason = `pull request ${pull} is at ${actual.slice(0, 12)}, not at ${expected.slice(0, 12)}`;
      return { code: 'REALITY_DISAGREES', reason };
    }
    case 'conflict':
      return {
        code: 'PUBLISH_FAILED',
        reason: `pull request ${obstacle.pull} conflicts in ${obstacle.files.join(', ')}`,
      };
    case 'base-moved':
      return {
        code: 'REF_MOVED',
        reason: `the rules want the newest ${obstacle.base} in pull request ${obstacle.pull} before it is merged`,
      };
    case 'not-allowed':
      return {
        code: 'PLATFORM_REFUSED',
        reason: `pull request ${obstacle.pull} cannot be merged: ${obstacle.reason}`,
      };
  }
}

function describePlace(sha: string | null): string {
  return sha === null ? 'does not exist' : `is at ${sha.slice(0, 12)}`;
}
