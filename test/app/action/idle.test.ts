import { describe, expect, test } from 'vitest';
import { findIdleReason } from '../../../src/app/action/idle.ts';

describe('an event that is nobody’s business', () => {
  test.each(['pull_request', 'pull_request_target', 'check_run', 'star', 'issue_comment'])(
    '%s ends at once',
    (event) => {
      expect(findIdleReason({ GITHUB_EVENT_NAME: event })).toContain(event);
    },
  );

  test.each(['push', 'schedule', 'workflow_dispatch', 'repository_dispatch'])('%s does not', (event) => {
    expect(findIdleReason({ GITHUB_EVENT_NAME: event })).toBeUndefined();
  });

  test('a run that is told what to do does it whatever the event', () => {
    expect(findIdleReason({ GITHUB_EVENT_NAME: 'pull_request', INPUT_COMMAND: 'doctor' })).toBeUndefined();
    expect(findIdleReason({ GITHUB_EVENT_NAME: 'pull_request', INPUT_ISSUE: '7' })).toBeUndefined();
  });
});
