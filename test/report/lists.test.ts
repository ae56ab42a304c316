import { describe, expect, test } from 'vitest';
import { foldEvents } from '../../src/core/state.ts';
import { neutraliseMarkdown } from '../../src/core/text/neutralise.ts';
import { describeStatus, escalationWords } from '../../src/core/vocabulary.ts';
import { parseTicks, renderDashboard } from '../../src/report/dashboard.ts';
import { describeNeed } from '../../src/report/need.ts';
import { renderRound } from '../../src/report/round.ts';
import { listSpending, renderSpending } from '../../src/report/spending.ts';
import { renderStickyComment } from '../../src/report/sticky-comment.ts';
import { publish } from '../support/report-goldens.ts';
import { tell } from '../support/report-states.ts';

const asComment = { issue: 42, commandPrefix: '/tamma' } as const;

describe('what models cost', () => {
  test('is told by model, with calls and tokens', () => {
    const { events } = tell('merge-waiting').log;
    const [row, ...others] = listSpending(events);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ model: 'anthropic claude-sonnet-5', calls: 6, input: 79_200, output: 3660 });
    expect(row?.usd).toBeCloseTo(0.292);
    expect(renderSpending(events)).toContain('| `anthropic claude-sonnet-5` | 6 | 79 k | 3660 | 0.29 USD |');
  });

  test('is not told before the first call', () => {
    expect(renderSpending(tell('fresh').log.events)).toBe('');
  });
});

describe('a round over all issues', () => {
  test('names who is waited for, what is queued, and why nothing is begun', () => {
    const text = renderRound(
      {
        picked: [
          { issue: 1, because: '“Design” is done', report: null, dispatched: true },
          { issue: 2, because: 'again', report: null, dispatched: false },
          { issue: 3, because: 'again', report: null },
          { issue: 4, because: 'told elsewhere', report: {} },
        ],
        waiting: [
          { issue: 5, for: 'approval', command: 'tamma approve --issue 5 12ab' },
          { issue: 6, for: 'ci', command: null },
        ],
        held: [{ issue: 7, because: 'blocked by #1' }],
        queue: [8, 9],
        budget: { spentUsd: 50.004, limitUsd: 50 },
      },
      '/tamma',
    );
    expect(text.split('\n')).toEqual([
      '## Issues',
      '',
      '- #1 has a run of its own now: “Design” is done',
      '- #2 could not be started: again',
      '- #3 would run: again',
      '- #5 is waiting for approval: `/tamma approve 12ab`',
      '- #6 is waiting for CI',
      '- #7 is not begun: blocked by #1',
      '- queued: #8, #9',
      '- nothing is begun: 50.00 USD of 50.00 USD are spent',
    ]);
  });

  test('says so where there is nothing to do', () => {
    const nothing = { picked: [], waiting: [], queue: [] };
    expect(renderRound(nothing, '/tamma')).toMatch(/^Nothing to do/);
    const worked = { ...nothing, picked: [{ issue: 1, because: '', report: {} }] };
    expect(renderRound(worked, '/tamma')).toBe('');
  });
});

describe('the dashboard', () => {
  const view = { queue: [], held: [], spent: { day: 0, month: 0 } };
  const limits = { perDayUsd: 50, perMonthUsd: 100, maxActive: 3 };

  test('offers to go on with what was handed over, and reads the boxes that are ticked, each once', () => {
    const { state } = tell('fresh');
    const loops = [
      { issue: 7, state: { ...state, status: 'taken-over' as const } },
      { issue: 8, state: { ...state, status: 'stopped' as const } },
    ];
    const text = publish(renderDashboard({ ...view, loops, limits }));
    expect(text).toContain('### ⇄ Handed over');
    expect(text).toContain('· taken over by a person · 1 of 15 steps · 0 USD\n  - [ ] `resume #7`');
    expect(parseTicks(text)).toEqual([]);
    const ticked = text.replaceAll('- [ ]', '- [x]');
    expect(parseTicks(`${ticked}\n${ticked}`)).toEqual([
      { command: 'resume', issue: 7 },
      { command: 'resume', issue: 8 },
    ]);
    expect(parseTicks('- [x] `approve #7`\n- [x] `retry #0`')).toEqual([]);
  });
});

describe('where a loop stands', () => {
  const { state } = tell('merged-and-deployed');

  test.each([
    [{ ...tell('fresh').state, status: 'new' }, 'about to begin', 'Gather context'],
    [
      { ...state, status: 'taken-over' },
      'taken over by a person',
      'Somebody with write access lets it go on',
    ],
    [{ ...state, status: 'stopped' }, 'stopped by a person', 'Somebody with write access lets it go on'],
    [state, 'done: merged and deployed', ''],
    [{ ...state, status: 'waiting' }, 'waiting', ''],
    [{ ...state, status: 'escalated' }, 'needs a person', 'Somebody with write access decides'],
    [foldEvents([]), 'about to begin', 'Assign the issue'],
  ] as const)('has the same words everywhere (%#)', (given, words, need) => {
    expect(describeStatus(given)).toBe(words);
    expect(describeNeed(given, asComment).text).toBe(need);
    expect(renderStickyComment(given, asComment)).toContain(`Tamma · ${words}\n`);
  });

  test('while it waits for CI or a deployment, needs nobody, and says what the rules miss', () => {
    const waiting = tell('ci-needs-approval').state;
    const checks = [{ name: 'build | it', status: 'pending', missing: true as const }];
    const missing = { ...waiting, ci: waiting.ci && { ...waiting.ci, checks } };
    expect(describeStatus(missing)).toBe('waiting for CI');
    expect(renderStickyComment(missing, asComment)).toContain(
      'It goes on by itself when CI has ended; the rules of the branch want `build | it`, which nothing has reported.',
    );
    const wait = waiting.wait && { ...waiting.wait, for: 'deployment' as const };
    const deploying = {
      ...waiting,
      wait,
      deployment: { runId: '1', url: 'https://github.com/acme/x', since: '' },
    };
    expect(renderStickyComment(deploying, asComment)).toContain(
      'It goes on by itself when [the deployment](https://github.com/acme/x) has ended.',
    );
    expect(describeNeed(deploying, asComment).text).toMatch(/when the deployment has ended$/);
  });

  test('an escalation says in a few words why', () => {
    for (const [reason, words] of Object.entries(escalationWords)) {
      const { state: escalated } = tell('escalated');
      const escalation = escalated.escalation && { ...escalated.escalation, reason: reason as 'budget' };
      expect(describeStatus({ ...escalated, escalation })).toBe(`needs a person: ${words}`);
    }
  });
});

test('a link of ours to the pull request stays one where the text has a word that closes issues', () => {
  const { state } = tell('ci-needs-approval');
  const text = publish(
    renderStickyComment({ ...state, issue: state.issue && { ...state.issue, title: 'Fix it' } }, asComment),
  );
  expect(publish(`Fixed. ${text}`)).toContain('](https://github.com/acme/tidy-csv/pull/57)');
  expect(
    neutraliseMarkdown('Fixes [it](https://github.com/acme/x/issues/9)', { allowedHosts: ['github.com'] }),
  ).toContain(']\\(');
});
