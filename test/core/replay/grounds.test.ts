import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import { isOfType, type LoggedEvent } from '../../../src/core/events/event.ts';
import { decideNext, findRecorded, listDecisions, listStates } from '../../../src/core/replay/decisions.ts';
import { toComparable } from '../../../src/core/replay/grounds.ts';
import { foldEvents } from '../../../src/core/state.ts';
import { createEventLog } from '../../support/event-log.ts';
import { readRecordedLog } from '../../support/recorded-log.ts';
import { begin, end } from '../../support/sample-loop.ts';
import { type Happening, simulate } from '../../support/simulated-loop.ts';

const happenings: readonly Happening[] = [
  ...(['ends', 'ends', 'ends', 'ends', 'gate-fails', 'throws', 'dies', 'waits'] as const),
  ...(['no-change', 'same-failure'] as const),
];

/** A loop in which chance says what happens, the same for the same seed. */
function simulateByChance(seed: number) {
  let state = seed;
  return simulate(() => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return happenings[Math.floor((state / 2 ** 31) * happenings.length)] ?? 'ends';
  }, 60).log.events;
}

/** By the definition: every event is left out once, and the rest folded and decided again. */
function findByDefinition(events: readonly LoggedEvent[], index: number): number[] {
  const failed = events.slice(0, index).findLast((event) => event.type === 'GATE.FAILED');
  const maxAttempts = failed && isOfType(failed, 'GATE.FAILED') ? failed.data.maxAttempts : 3;
  const options = { now: new Date(events[index]?.timestamp ?? 0), maxAttempts, claimIsLive: false };
  const before = listStates(events);
  const decided = toComparable(decide(foldEvents(events.slice(0, index)), options));
  return events
    .slice(0, index)
    .filter((_, at) => {
      const without = foldEvents(events.slice(at + 1, index), before[at]);
      return toComparable(decide(without, options)) !== decided;
    })
    .map(({ position }) => position);
}

describe('what a decision rested on', () => {
  test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'is every event without which it would have been another: loop %i by chance',
    (seed) => {
      const events = simulateByChance(seed);
      for (const { position, restedOn } of listDecisions(events, { maxAttempts: 3 })) {
        const expected = findByDefinition(events, position - 1);
        if (expected.length > 0) expect(restedOn.map((ground) => ground.position)).toEqual(expected);
      }
    },
  );

  test('is the same in a recorded log with people, failures and a model', () => {
    const events = readRecordedLog('5c4a8d7/people');
    const decisions = listDecisions(events, { maxAttempts: 3 });
    expect(decisions.length).toBe(events.filter((event) => findRecorded(event)).length);
    for (const { position, restedOn } of decisions.slice(1))
      expect(restedOn.map((ground) => ground.position)).toEqual(findByDefinition(events, position - 1));
  });

  test('is told where each of two events alone would have led there: those that wrote what was read', () => {
    const log = createEventLog();
    begin(log, 'ISSUE_ASSIGNMENT', 1, 'nothing is known of this issue yet: begin');
    end(log, 'ISSUE_ASSIGNMENT', 'assigned');
    log
      .add('WORKFLOW.CANCELLED', { reason: 'no' }, 'alice')
      .add('WORKFLOW.CANCELLED', { reason: 'no!' }, 'bob');
    const next = decideNext(log.events, { now: '2026-11-20T09:00:00.000Z', maxAttempts: 3 });
    expect(next).toMatchObject({ key: 'stop (stopped)' });
    expect(next.restedOn.map(({ position }) => position)).toContain(3);
  });

  test('is found in a long log without folding it for every pair of events', () => {
    const long = simulate((_, run) => (run % 2 === 0 ? 'ends' : 'throws'), 200).log.events;
    const events = Array.from({ length: 6 }, () => long).flat();
    const renumbered = events.map((event, index) => ({ ...event, position: index + 1 }));
    expect(listDecisions(renumbered, { maxAttempts: 3 }).length).toBeGreaterThan(60);
  });
});

describe('what comes next', () => {
  test('is held while the lease of the newest claim runs, and begins again after it', () => {
    const log = createEventLog();
    log.add('WORKFLOW.STEP_STARTED', {
      stepId: 'ISSUE_ASSIGNMENT',
      run: 1,
      holder: { runId: 'r', host: 'h', pid: 1, startedAt: '1' },
      leaseUntil: '2026-11-20T09:00:00.000Z',
      because: 'nothing is known of this issue yet: begin',
      onPosition: 0,
    });
    const at = (now: string) => decideNext(log.events, { now, maxAttempts: 3 }).key;
    expect(at('2026-11-20T08:30:00.000Z')).toBe('held ISSUE_ASSIGNMENT');
    expect(at('2026-11-20T09:30:00.000Z')).toBe('run ISSUE_ASSIGNMENT (run 2)');
  });

  test('is the first step where nothing was recorded', () => {
    expect(decideNext([], { now: '2026-11-20T08:30:00.000Z', maxAttempts: 3 })).toMatchObject({
      key: 'run ISSUE_ASSIGNMENT (run 1)',
      restedOn: [],
    });
  });
});
