import { expect, test } from 'vitest';
import { toOutline } from '../../src/core/state/outline.ts';
import { foldEvents } from '../../src/core/state.ts';
import { renderIssueLines } from '../../src/report/issue-lines.ts';
import { createPullLog } from '../support/sample-loop.ts';

const state = toOutline(foldEvents(createPullLog().events));

test('issues are a line each, whatever their titles hold, and those there is no room for are counted', () => {
  const issues = [7, 8, 9].map((issue) => ({ issue, state }));
  const lines = renderIssueLines(issues, 2).split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[2]).toMatch(
    /^- #7 .* · ▶ at work: Scan for security · 6 of 15 steps · 0 USD · \[pull request #12\]/,
  );
  expect(lines[4]).toBe('- and 1 more');
  expect(lines.join('\n')).not.toMatch(/<img|[^`]@alice|\]\(https:\/\/evil/);
});

test('no issues are no list', () => {
  expect(renderIssueLines([], 10)).toBe('');
});
