import { describe, expect, test } from 'vitest';
import { renderStepSummary } from '../../src/report/step-summary.ts';
import { listRuns, renderTimeline } from '../../src/report/timeline.ts';
import { DIGEST } from '../support/event-log.ts';
import { begin, createPlannedLog, createPullLog, HOSTILE, stateOf } from '../support/sample-loop.ts';

describe('the summary of a CI run', () => {
  const log = createPlannedLog();
  const text = renderStepSummary(stateOf(log), {
    issue: 7,
    commandPrefix: '/tamma',
    decided: [
      {
        decision: { kind: 'run', stepId: 'DESIGN', run: 1, because: 'everything before it is done' },
        summary: `2 steps ${HOSTILE}`,
      },
      { decision: { kind: 'stop', status: 'done', because: 'merged' }, summary: 'merged' },
    ],
    events: log.events,
    head: { position: 15, hash: DIGEST('9') },
  });

  test('says what was decided, why, and what came of it', () => {
    expect(text).toContain('- **Design** because everything before it is done → 2 steps');
    expect(text).toContain('- **done** because merged');
  });

  test('gives the command it waits for and an anchor of the log', () => {
    expect(text).toContain(
      `approves exactly this plan, until 2026-11-27 08:00 UTC:\n\n\`\`\`text\n/tamma approve ${DIGEST('d')}\n`,
    );
    expect(text).toContain(`Log position 15, hash \`${DIGEST('9')}\``);
  });

  test('draws the runs as a chart whose words are ours', () => {
    const chart = text.slice(text.indexOf('```mermaid'), text.lastIndexOf('```'));
    expect(chart).toMatch(/Design, [\d.]+ (?:s|min) :active, /);
    expect(chart).not.toContain('alice');
  });
});

describe('the timeline', () => {
  test('has one bar a run, and marks the ones that were sent back', () => {
    const runs = listRuns(createPullLog().events);
    expect(runs.map(({ stepId, run, outcome }) => `${stepId} ${run} ${outcome}`)).toContain(
      'TEST_VALIDATION 1 gate-failed',
    );
    expect(renderTimeline(createPullLog().events)).toMatch(/ Test, \d min :crit, /);
    expect(renderTimeline(createPullLog().events)).toMatch(/ Test \(2\), \d min :done, /);
  });

  test('shows a run that has not ended, was skipped or failed', () => {
    const log = createPullLog();
    begin(log, 'CI_CHECK').add('WORKFLOW.STEP_SKIPPED', { stepId: 'CI_CHECK', run: 1, reason: 'none' });
    begin(log, 'MERGE').add('WORKFLOW.STEP_FAILED', {
      stepId: 'MERGE',
      run: 1,
      code: 'X',
      message: 'm',
      help: 'h',
      retryable: true,
      durationMs: 1,
    });
    begin(log, 'MERGE', 2);
    expect(
      listRuns(log.events)
        .slice(-3)
        .map(({ outcome }) => outcome),
    ).toEqual(['skipped', 'failed', 'running']);
  });

  test('is left out before the first run', () => {
    expect(renderTimeline([])).toBe('');
  });
});
