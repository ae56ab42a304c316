import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import { loop, stepIds } from '../../src/core/loop.ts';
import { foldEvents } from '../../src/core/state.ts';
import { createEventLog, DIGEST } from '../support/event-log.ts';
import { answersOf, type Happening, simulate } from '../support/simulated-loop.ts';

const options = (now = new Date('2026-11-20T12:00:00.000Z')) => ({ now, maxAttempts: 3, claimIsLive: false });

describe('deciding what comes next', () => {
  test('an issue nothing is known of begins with its assignment', () => {
    const decision = decide(foldEvents([]), options());
    expect(decision).toMatchObject({ kind: 'run', stepId: 'ISSUE_ASSIGNMENT', run: 1 });
  });

  test('a loop in which everything works takes every step once, in order, and is done', () => {
    const { log, decision } = simulate(() => 'ends');
    const started = log.events.flatMap((event) =>
      event.type === 'WORKFLOW.STEP_STARTED' ? [event.data.stepId] : [],
    );
    expect(started).toEqual(stepIds);
    expect(decision).toMatchObject({ kind: 'stop', status: 'done' });
  });

  test('escalates after three failed attempts at one gate', () => {
    const { decision, state } = simulate((stepId) => (stepId === 'TEST_VALIDATION' ? 'gate-fails' : 'ends'));
    expect(decision).toMatchObject({ kind: 'escalate', reason: 'attempts-exhausted', gateId: 'tests' });
    expect(state.steps.TEST_VALIDATION.runs).toBe(3);
    expect(answersOf(decision)).toContain('tamma retry --issue 7');
  });

  test('two failed attempts and a success go on to the next gate', () => {
    const { state, decision } = simulate((stepId, run) =>
      stepId === 'TEST_VALIDATION' && run < 3 ? 'gate-fails' : 'ends',
    );
    expect(decision).toMatchObject({ kind: 'stop', status: 'done' });
    expect(state.steps.TEST_VALIDATION.runs).toBe(3);
    expect(state.failedAttempts.tests).toBe(2);
  });

  test('a repair that changes nothing stops the loop before the attempts are used up', () => {
    const { decision, state } = simulate((stepId, run) => {
      if (stepId === 'TEST_VALIDATION') return 'gate-fails';
      return stepId === 'CODE_GENERATION' && run > 1 ? 'no-change' : 'ends';
    });
    expect(decision).toMatchObject({ kind: 'escalate', reason: 'no-progress' });
    expect(state.steps.TEST_VALIDATION.runs).toBe(1);
  });

  test('a step that throws three times in a row is handed to a person', () => {
    const { decision, runs } = simulate((stepId) => (stepId === 'RESEARCH' ? 'throws' : 'ends'));
    expect(decision).toMatchObject({ kind: 'escalate', reason: 'step-keeps-failing', stepId: 'RESEARCH' });
    expect(runs).toBe(5);
  });

  describe('a step that the platform puts off', () => {
    const until = '2026-11-20T09:00:00.000Z';
    const parked = (more = 0) => {
      const log = createEventLog();
      for (let count = 0; count <= more; count += 1)
        log.add('WORKFLOW.WAITING', {
          ...{ stepId: 'MERGE', run: 1, for: 'platform', until, reason: 'in the merge queue', durationMs: 1 },
        });
      return foldEvents(log.events);
    };

    test('is left alone until then, and taken up after that', () => {
      const decision = decide(parked(), options(new Date('2026-11-20T08:59:00.000Z')));
      expect(decision).toMatchObject({
        kind: 'wait',
        for: 'platform',
        because: expect.stringContaining(until),
      });
      const later = { ...parked(), cursor: 'MERGE' as const };
      expect(decide(later, options(new Date('2026-11-20T09:00:01.000Z')))).toMatchObject({ kind: 'run' });
    });

    test('is a person’s business after a weekend of it', () => {
      const monday = decide({ ...parked(3), cursor: 'MERGE' }, options(new Date('2026-11-23T07:58:00.000Z')));
      expect(monday).toMatchObject({ kind: 'run', stepId: 'MERGE' });
      const decision = decide(parked(3), options(new Date('2026-11-23T08:02:00.000Z')));
      expect(decision).toMatchObject({ kind: 'escalate', reason: 'step-keeps-failing', stepId: 'MERGE' });
    });
  });

  test('a used-up budget is a person’s decision at once', () => {
    const { decision } = simulate((stepId) => (stepId === 'DESIGN' ? 'budget' : 'ends'));
    expect(decision).toMatchObject({ kind: 'escalate', reason: 'budget' });
  });

  test('a step whose run died starts again', () => {
    let died = false;
    const { decision, state } = simulate((stepId) => {
      if (stepId !== 'MERGE' || died) return 'ends';
      died = true;
      return 'dies';
    });
    expect(decision).toMatchObject({ kind: 'stop', status: 'done' });
    expect(state.steps.MERGE.runs).toBe(2);
  });

  test('a step whose runs die every time is handed to a person after five', () => {
    const { decision, state } = simulate((stepId) => (stepId === 'CODE_GENERATION' ? 'dies' : 'ends'));
    expect(decision).toMatchObject({
      kind: 'escalate',
      reason: 'step-keeps-failing',
      stepId: 'CODE_GENERATION',
    });
    expect(state.steps.CODE_GENERATION.runs).toBe(5);
  });

  test('a live claim is named with its holder and left alone', () => {
    const { log } = simulate((stepId) => (stepId === 'DESIGN' ? 'dies' : 'ends'), 5);
    const decision = decide(foldEvents(log.events), { ...options(), claimIsLive: true });
    expect(decision).toMatchObject({ kind: 'held', stepId: 'DESIGN' });
    expect(decision.because).toContain('run r on h (process 1)');
  });

  test('a wait for answers or approval is no run, and names what ends it', () => {
    const { decision } = simulate((stepId) => (stepId === 'DESIGN' ? 'waits' : 'ends'));
    expect(decision).toMatchObject({ kind: 'wait', stepId: 'DESIGN', for: 'approval' });
  });

  test('an approval nobody gave in time is handed to a person', () => {
    const log = createEventLog();
    log.add('WORKFLOW.WAITING', {
      stepId: 'DESIGN',
      run: 1,
      for: 'approval',
      until: '2026-11-20T11:00:00.000Z',
      durationMs: 1,
    });
    expect(decide(foldEvents(log.events), options())).toMatchObject({
      kind: 'escalate',
      reason: 'approval-expired',
    });
  });

  test('an approval given moves on to the step after the one that waited', () => {
    const { log } = simulate((stepId) => (stepId === 'DESIGN' ? 'waits' : 'ends'));
    log.add('APPROVAL.GRANTED', { kind: 'design', digest: DIGEST('d'), by: 'person' });
    expect(decide(foldEvents(log.events), options())).toMatchObject({
      kind: 'run',
      stepId: 'CODE_GENERATION',
    });
  });

  test('a stopped loop stays stopped whatever a late run of it still reports', () => {
    const { log } = simulate((stepId) => (stepId === 'RESEARCH' ? 'dies' : 'ends'), 3);
    log.add('WORKFLOW.CANCELLED', { reason: 'enough' });
    log.add('WORKFLOW.STEP_COMPLETED', {
      stepId: 'RESEARCH',
      run: 1,
      outcome: 'completed',
      summary: 's',
      durationMs: 1,
    });
    expect(decide(foldEvents(log.events), options())).toMatchObject({ kind: 'stop', status: 'stopped' });
  });

  test('retry gives every gate fresh attempts and starts with the repair', () => {
    const { log } = simulate((stepId) => (stepId === 'TEST_VALIDATION' ? 'gate-fails' : 'ends'));
    log.add('ESCALATION.RESOLVED', { command: 'retry' });
    const state = foldEvents(log.events);
    expect(state.failedAttempts).toEqual({});
    expect(decide(state, options())).toMatchObject({ kind: 'run', stepId: 'CODE_GENERATION' });
  });

  test('no state that can be reached lacks an exit', () => {
    const happening = fc.constantFrom<Happening>(
      'ends',
      'ends',
      'gate-fails',
      'same-failure',
      'throws',
      'dies',
      'waits',
      'no-change',
      'budget',
    );
    fc.assert(
      fc.property(fc.array(happening, { minLength: 1, maxLength: 60 }), (happenings) => {
        let index = 0;
        // What the world does when the list is over is the worst that always moves: gates fail.
        const { decision } = simulate(() => happenings[index++] ?? 'gate-fails');
        expect(decision.kind).not.toBe('run');
        if (decision.kind === 'escalate') expect(answersOf(decision).length).toBeGreaterThan(2);
      }),
      { numRuns: 300 },
    );
  });

  test('folding the same events gives the same state, in one go or event by event', () => {
    const happening = fc.constantFrom<Happening>('ends', 'gate-fails', 'throws', 'waits', 'no-change');
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), fc.nat(), (happenings, cut) => {
        let index = 0;
        const { log } = simulate(() => happenings[index++] ?? 'ends', 60);
        const at = log.events.length === 0 ? 0 : cut % log.events.length;
        const inTwo = foldEvents(log.events.slice(at), foldEvents(log.events.slice(0, at)));
        expect(inTwo).toEqual(foldEvents(log.events));
      }),
      { numRuns: 100 },
    );
  });

  test('every row of the loop has a title of its own', () => {
    expect(new Set(loop.map((row) => row.title)).size).toBe(loop.length);
  });
});
