import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventType } from '../../../src/core/events/catalogue.ts';
import { GENESIS, linkEvents } from '../../../src/core/events/chain.ts';
import { isOfType, type LoggedEvent, type NewEvent } from '../../../src/core/events/event.ts';
import { type Activity, activityProjection } from '../../../src/core/projections/activity.ts';
import { arbitraryEvent } from '../../support/arbitrary-events.ts';
import { createEventMaker, createNewEvent } from '../../support/new-events.ts';

const TYPES: readonly EventType[] = [
  'AI.RESPONSE.RECEIVED',
  'AI.REQUEST.FAILED',
  'COMMAND.RECEIVED',
  'COMMAND.REFUSED',
  'TRIGGER.ACTIVATED',
  'ISSUE.SELECTED',
  'WORKFLOW.STEP_SKIPPED',
];
const logs = fc
  .array(arbitraryEvent(['7', '8'], TYPES), { maxLength: 80, size: 'max' })
  .map((events) => linkEvents(events, GENESIS) as LoggedEvent[]);

const { clock } = createEventMaker();

function fold(events: readonly LoggedEvent[], activity = activityProjection.create()): Activity {
  for (const event of events) activityProjection.take(activity, event);
  return activity;
}

function through(activity: Activity): Activity {
  return activityProjection.fromJson(JSON.parse(JSON.stringify(activityProjection.toJson(activity))));
}

function logOf(events: readonly NewEvent[]): LoggedEvent[] {
  return linkEvents(events, GENESIS);
}

function refuse(login: string, issue: string, timestamp: string): NewEvent {
  const data = { command: 'approve', argument: '', reason: 'no' };
  const event = createNewEvent(clock, 'COMMAND.REFUSED', data, { issueId: issue });
  const actor = { kind: 'human' as const, id: login, login };
  return { ...event, timestamp, metadata: { ...event.metadata, actor } };
}

describe('the projection of what happens across issues', () => {
  test('answers as a look at every event does', () => {
    fc.assert(
      fc.property(logs, (events) => {
        const { costs, refusals, sources } = fold(events);
        expect([...costs].map(([day, usd]) => [day, usd.toFixed(6)]).sort()).toEqual(sumByDay(events));
        const refused = events.filter(({ type }) => type === 'COMMAND.REFUSED');
        for (const login of ['alice', 'bob']) {
          const own = refused.filter(({ metadata }) => metadata.actor.id === login);
          expect((refusals.get(login) ?? []).map(({ timestamp }) => timestamp).sort()).toEqual(
            own.map(({ timestamp }) => timestamp).sort(),
          );
        }
        const answered = events.filter(({ type }) => type.startsWith('COMMAND.'));
        expect(sources).toEqual(new Set(answered.flatMap(({ tags }) => tags.source ?? [])));
      }),
      { numRuns: 50 },
    );
  });

  test('goes on from a snapshot as if it had never been one', () => {
    fc.assert(
      fc.property(logs, fc.nat(), (events, at) => {
        const cut = at % (events.length + 1);
        const resumed = fold(events.slice(cut), through(fold(events.slice(0, cut))));
        expect(resumed).toEqual(fold(events));
        expect(JSON.stringify(activityProjection.toJson(resumed))).toBe(
          JSON.stringify(activityProjection.toJson(fold(events))),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('knows when a run was begun for an issue, until the issue is selected; other triggers do not count', () => {
    const trigger = (triggerName: string, issueId: string) =>
      createNewEvent(clock, 'TRIGGER.ACTIVATED', { triggerName, event: 'push' }, { issueId });
    const begun = [
      trigger('queue', '7'),
      trigger('queue', '8'),
      trigger('other', '9'),
      trigger('queue', '8'),
    ];
    expect(fold(logOf(begun)).starts).toEqual(
      new Map([
        [7, begun[0]?.timestamp],
        [8, begun[3]?.timestamp],
      ]),
    );
    const data = {
      number: 7,
      title: 't',
      labels: [],
      issueDigest: 'a'.repeat(64),
      selectedBy: 'queue' as const,
    };
    const selected = createNewEvent(clock, 'ISSUE.SELECTED', data, { issueId: '7' });
    expect([...fold(logOf([...begun, selected])).starts.keys()]).toEqual([8]);
  });

  test('remembers the newest fifty refusals of an account by their own time, however the clocks went', () => {
    const minutes = Array.from({ length: 60 }, (_, index) => (index * 7) % 60);
    const times = minutes.map((minute) => `2026-11-20T08:${String(minute).padStart(2, '0')}:00.000Z`);
    const { refusals } = fold(logOf(times.map((time) => refuse('mallory', '7', time))));
    expect(refusals.get('mallory')?.map(({ timestamp }) => timestamp)).toEqual(
      times.toSorted().reverse().slice(0, 50),
    );
  });

  test('does not grow without end, whoever talks', () => {
    const events = Array.from({ length: 2100 }, (_, index) => {
      const event = refuse(`account-${index}`, '7', '2026-11-20T08:00:00.000Z');
      return { ...event, tags: { ...event.tags, source: `comment-${index}` } };
    });
    const { refusals, sources } = fold(logOf(events));
    expect([refusals.size, sources.size]).toEqual([1000, 500]);
    expect(refusals.has('account-2099')).toBe(true);
    expect(sources.has('comment-2099')).toBe(true);
  });
});

function sumByDay(events: readonly LoggedEvent[]): [string, string][] {
  const sums = new Map<string, number>();
  for (const event of events) {
    if (!isOfType(event, 'AI.RESPONSE.RECEIVED') && !isOfType(event, 'AI.REQUEST.FAILED')) continue;
    const day = event.timestamp.slice(0, 10);
    sums.set(day, (sums.get(day) ?? 0) + event.data.costUsd);
  }
  return [...sums].map(([day, usd]) => [day, usd.toFixed(6)] as [string, string]).sort();
}
