import { describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../../../src/core/events/event.ts';
import { type Act, findAct } from '../../../src/core/replay/acts.ts';
import { createEventLog, type EventLog } from '../../support/event-log.ts';
import { readRecordedLog } from '../../support/recorded-log.ts';
import { begin, end } from '../../support/sample-loop.ts';

const none = { withoutPlatform: false };
const act = ({ events }: EventLog, index: number): Act => findAct(events, index, none);

/** Steps over what belongs to an act, as a replay does that finds what it expects. */
function listActs(events: readonly LoggedEvent[]): string[] {
  const acts: string[] = [];
  for (let index = 0; index < events.length; ) {
    const found = findAct(events, index, none);
    const { kind } = found;
    const rest = events.slice(index + 1).findIndex(({ type }) => /STEP_STARTED|COMMAND\./.test(type));
    acts.push(
      'stepId' in found ? `${kind} ${found.stepId}` : 'command' in found ? `${kind} ${found.command}` : kind,
    );
    index += 'count' in found ? found.count : rest === -1 ? events.length : rest + 1;
  }
  return acts;
}

describe('what has to be done to go on as the log does', () => {
  test('is to run steps, to say what people said, and to take from the log what failed', () => {
    expect(listActs(readRecordedLog('5c4a8d7/people')).slice(4)).toEqual([
      ...[
        'step DESIGN',
        'command approve',
        'command approve',
        'step CODE_GENERATION',
        'step BUILD_VALIDATION',
      ],
      ...[
        'step TEST_VALIDATION',
        'step SECURITY_SCAN',
        'step CODE_REVIEW',
        'step PR_CREATION',
        'step CI_CHECK',
      ],
      ...['step APPROVAL_GATE', 'command revise'],
      ...['taken CODE_GENERATION', 'taken CODE_GENERATION', 'taken CODE_GENERATION'],
      ...['command take-over', 'command resume', 'taken CODE_GENERATION', 'command stop'],
    ]);
  });

  test('is only to claim where a run was cut off, unless it is the last', () => {
    const log = begin(begin(createEventLog(), 'ISSUE_ASSIGNMENT'), 'ISSUE_ASSIGNMENT', 2);
    expect(act(log, 0)).toEqual({ kind: 'death', index: 0, stepId: 'ISSUE_ASSIGNMENT' });
    expect(act(log, 1)).toEqual({ kind: 'step', index: 1, stepId: 'ISSUE_ASSIGNMENT' });
  });

  test('takes what nobody here decided from the log: what a dead run had spent, and the word of a platform', () => {
    const log = createEventLog()
      .add('AI.REQUEST.FAILED', {
        ...{ requestId: 'r', task: 't', turn: 1, code: 'X', message: 'm', tries: 1, costUsd: 0 },
      })
      .add('COMMAND.REFUSED', { command: 'approve', argument: '', code: 'no-permission', reason: 'r' })
      .add('COMMAND.REFUSED', { command: 'approve', argument: '', code: 'unclear', reason: 'r' })
      .add('APPROVAL.WITHDRAWN', { kind: 'merge', digest: 'd', code: 'gone', reason: 'r' });
    expect([0, 1, 2, 3].map((index) => act(log, index).kind)).toEqual(['input', 'input', 'command', 'input']);
  });

  test('takes the steps of a platform from the log where that is asked for', () => {
    const log = end(begin(createEventLog(), 'MERGE'), 'MERGE', 'merged');
    expect(findAct(log.events, 0, { withoutPlatform: true })).toMatchObject({
      kind: 'taken',
      stepId: 'MERGE',
    });
    expect(findAct(log.events, 0, none).kind).toBe('step');
  });

  test('is nothing behind the end', () => {
    expect(() => findAct([], 0, none)).toThrow('at its end');
  });
});
