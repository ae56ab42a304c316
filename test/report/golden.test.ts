import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type EventType, eventData } from '../../src/core/events/catalogue.ts';
import { renderPullComment, renderStickyComment } from '../../src/report/sticky-comment.ts';
import { goldens } from '../support/report-goldens.ts';
import { storyNames, tell } from '../support/report-states.ts';

const asComment = { issue: 42, commandPrefix: '/tamma' } as const;
const folder = join(import.meta.dirname, 'golden');

describe('what people see', () => {
  test.each(Object.entries(goldens))('reads as in golden/%s', async (name, render) => {
    await expect(`${render()}\n`).toMatchFileSnapshot(`golden/${name}`);
  });

  test('is all kept, and nothing that is not seen any more', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(goldens).sort());
  });

  test('is told of events that the log would take', () => {
    const all = storyNames.flatMap((name) => tell(name).log.events);
    const wrong = all.filter(({ type, data }) => !eventData[type as EventType].safeParse(data).success);
    expect(wrong.map(({ type, data }) => [type, data])).toEqual([]);
  });
});

describe('a comment that is kept up to date', () => {
  test.each(storyNames)('is the same text for the same state: %s', (name) => {
    expect(renderStickyComment(tell(name).state, asComment)).toBe(
      renderStickyComment(tell(name).state, asComment),
    );
  });

  test('does not change while somebody only looks again whether a wait is over', () => {
    const [first, later] = [0, 5].map((looks) => tell('ci-needs-approval', looks).state);
    if (!first || !later) throw new Error('there are two');
    expect(later.position).toBeGreaterThan(first.position);
    expect(renderStickyComment(later, asComment)).toBe(renderStickyComment(first, asComment));
    expect(renderPullComment(later, asComment)).toBe(renderPullComment(first, asComment));
  });

  test('names no time that passes by itself', () => {
    for (const name of storyNames) {
      const text = renderStickyComment(tell(name).state, asComment).replace(/, not before [^:]*/, '');
      expect(text).not.toMatch(/\bago\b|2026-11-20/);
    }
  });

  test('tells what it needs before anything else, with the command in a block of its own', () => {
    const text = renderStickyComment(tell('merge-waiting').state, asComment);
    const [headline, who, command] = text.split('\n\n');
    expect(headline).toBe('### ⏸ Tamma · waiting for approval to merge');
    expect(who).toContain('**Somebody with write access approves** exactly this head');
    expect(command).toMatch(/^```text\n\/tamma approve [0-9a-f]{40}\n```$/);
  });

  test('ends with how to steer it, in one line', () => {
    for (const name of ['fresh', 'questions-asked', 'plan-waiting', 'merge-waiting'] as const)
      expect(renderStickyComment(tell(name).state, asComment)).toMatch(
        /\n\nSteer with a new comment: [^\n]+$/,
      );
  });

  test('leads to the run that worked last, and to the pull request', () => {
    const text = renderStickyComment(tell('merge-waiting').state, asComment);
    expect(text).toContain('[run](https://github.com/acme/tidy-csv/actions/runs/1700000219)');
    expect(text).toContain('[pull request #57](https://github.com/acme/tidy-csv/pull/57)');
  });
});
