import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../src/app/runtime.ts';
import { withSticky } from '../../src/app/sticky.ts';
import { findAnchor } from '../../src/core/events/anchor-text.ts';
import type { LogHead } from '../../src/core/events/chain.ts';
import type { Intent } from '../../src/core/intents.ts';
import { type StoryName, tell } from '../support/report-states.ts';

const issue = 42;

/** The part of a runtime that decides where something is said. */
function on(id: string, issueWrites: 'api' | 'commit' = 'api', seen?: LogHead): Runtime {
  const anchors = { seen: () => seen };
  return { platform: { id, capabilities: { issueWrites } }, anchors } as unknown as Runtime;
}

function say(story: StoryName, intents: readonly Intent[] = [], runtime = on('github')) {
  const all = withSticky(runtime, { issue, ahead: tell(story).state, intents });
  return all.flatMap((intent) =>
    intent.kind === 'issue' && intent.comment ? [{ number: intent.number, ...intent.comment }] : [],
  );
}

describe('what is said at a turn of the loop', () => {
  test('stands in one comment on the issue, and in short on the pull request once there is one', () => {
    expect(say('fresh').map(({ number, marker }) => [number, marker])).toEqual([[42, 'status']]);
    expect(say('escalated').map(({ number }) => number)).toEqual([42]);
    expect(say('merged-and-deployed').map(({ number, marker }) => [number, marker])).toEqual([
      [42, 'status'],
      [57, 'status'],
    ]);
  });

  test('takes up what the step itself would say, below one headline', () => {
    const body = '### ⏸ Tamma · waiting for approval to merge\n\nGive it.';
    const labels: Intent = { kind: 'issue', number: issue, addLabels: ['tamma:needs-input'] };
    const said: Intent = { ...labels, comment: { marker: 'approval', body } };
    const all = withSticky(on('github'), { issue, ahead: tell('merge-waiting').state, intents: [said] });
    expect(all[0]).toMatchObject({ ...labels, comment: { marker: 'status' } });
    const [onIssue, onPull] = say('merge-waiting', [said]);
    expect(onIssue?.body).toMatch(/^### ⏸ Tamma · waiting for approval to merge\n\nGive it\.\n\n<details>/);
    expect(onIssue?.body.match(/^### /gm)).toHaveLength(1);
    expect(onPull?.body).toContain('/tamma approve ');
  });

  test('is the same while CI is looked at again, so that nothing is written', () => {
    const [first, later] = [0, 4].map((looks) =>
      withSticky(on('github'), { issue, ahead: tell('ci-needs-approval', looks).state, intents: [] }),
    );
    expect(first).toHaveLength(2);
    expect(later).toEqual(first);
  });

  test('notes the head of the log, but not where that would make a new text of nothing new', () => {
    const head = { position: 123, hash: 'c0ffee42'.repeat(8) };
    const noted = (story: StoryName) => {
      const [onIssue] = say(story, [], on('github', 'api', head));
      return onIssue && findAnchor(onIssue.body, 'the comment');
    };
    const anchor = { position: 123, hash: 'c0ffee42c0ffee42', source: 'the comment' };
    for (const story of ['fresh', 'escalated', 'merged-and-deployed'] as const)
      expect(noted(story)).toEqual(anchor);
    expect(noted('ci-needs-approval')).toBeUndefined();
  });

  test('is not said on a pull request whose number could be an issue’s, nor where a comment is a commit', () => {
    expect(say('merge-waiting', [], on('gitlab'))).toEqual([]);
    expect(say('merged-and-deployed', [], on('gitlab')).map(({ number }) => number)).toEqual([42]);
    expect(say('merged-and-deployed', [], on('plain-git', 'commit'))).toEqual([]);
  });
});
