import { describe, expect, test } from 'vitest';
import type { EventData, EventType } from '../../../src/core/events/catalogue.ts';
import type { LoggedEvent } from '../../../src/core/events/event.ts';
import { createSameness } from '../../../src/core/replay/sameness.ts';
import { createEventLog, DIGEST, SHA } from '../../support/event-log.ts';

function event<T extends EventType>(type: T, data: EventData[T]): LoggedEvent {
  return createEventLog().add(type, data).events[0] as LoggedEvent;
}

const branch = (name: string, sha: string, baseSha: string) =>
  event('BRANCH.CREATED.SUCCESS', { branch: name, sha, baseSha });
const commit = (sha: string, message: string) =>
  event('COMMIT.CREATED.SUCCESS', { sha, message, branch: 'tamma/7-x' });
const [a, b] = ['1a'.repeat(20), '2b'.repeat(20)];
const [other, more] = ['3c'.repeat(20), '4d'.repeat(20)];

describe('two logs of the same work', () => {
  test('are the same where ids differ and stand for the same', () => {
    const { compare } = createSameness();
    expect(compare(branch('x', a, b), branch('x', other, more))).toBeUndefined();
    expect(
      compare(commit(a, `on ${b.slice(0, 12)}`), commit(other, `on ${more.slice(0, 12)}`)),
    ).toBeUndefined();
  });

  test('differ where an id stands for something else than before', () => {
    const { compare } = createSameness();
    compare(branch('x', a, b), branch('x', other, more));
    expect(compare(commit(a, 'm'), commit(more, 'm'))?.path).toBe('data.sha');
    expect(compare(commit(b, 'm'), commit(other, 'm'))?.path).toBe('data.sha');
  });

  test('differ in type, in who acted, in the step, and in what is said', () => {
    const { compare } = createSameness();
    const one = branch('x', a, b);
    expect(compare(one, commit(a, 'm'))).toMatchObject({ path: 'type' });
    const byHuman = {
      ...one,
      metadata: { ...one.metadata, actor: { ...one.metadata.actor, kind: 'human' as const } },
    };
    expect(compare(one, byHuman as LoggedEvent)?.path).toBe('metadata.actor.kind');
    expect(compare(one, { ...one, tags: { stepId: 'MERGE' } } as LoggedEvent)?.path).toBe('tags.stepId');
    expect(compare(one, branch('y', a, b))).toEqual({ path: 'data.branch', recorded: 'x', replayed: 'y' });
  });

  test('are compared to the byte in what the answers determine: the contents of tests', () => {
    const tests = (digest: string) =>
      event('CODE.TESTS_WRITTEN.SUCCESS', {
        headSha: SHA('a'),
        treeSha: SHA('b'),
        testFiles: { 'test/a.test.js': digest },
        exitCode: 1,
        failingTests: ['x'],
        turns: 2,
      });
    const found = createSameness().compare(tests(DIGEST('1')), tests(DIGEST('2')));
    expect(found?.path).toBe('data.testFiles.test/a.test.js');
  });

  test('may differ in clocks, measures, machines and prices', () => {
    const done = (durationMs: number, summary: string) =>
      event('WORKFLOW.STEP_COMPLETED', {
        stepId: 'TEST_VALIDATION',
        run: 1,
        outcome: 'completed',
        summary,
        durationMs,
      });
    const { compare, asides } = createSameness();
    expect(compare(done(5, 'green in 0.4 s'), done(700, 'green in 12 s'))).toBeUndefined();
    expect(asides()).toEqual([]);
  });

  test('differ beside the point in counts of texts, and in fields that the log did not have yet', () => {
    const passed = (summary: string, notes: string[]) =>
      event('GATE.PASSED', {
        ...{ gateId: 'coverage' as const, attempt: 1, headSha: SHA('a'), summary, notes, measured: {} },
        durationMs: 1,
      });
    const { compare, asides } = createSameness();
    expect(compare(passed('54 of 54', []), passed('100 of 100', []))).toBeUndefined();
    const refused = event('COMMAND.REFUSED', { command: 'approve', argument: '', reason: 'no' });
    const coded = { ...refused, data: { ...refused.data, code: 'unclear' } } as LoggedEvent;
    expect(compare(refused, coded)).toBeUndefined();
    expect(asides().map(({ path }) => path)).toEqual(['data.summary', 'data.code']);
    expect(compare(coded, refused)?.path).toBe('data.code');
    expect(compare(passed('green', []), passed('red', []))?.path).toBe('data.summary');
    expect(compare(passed('green', ['a']), passed('green', ['a', 'b']))?.path).toBe('data.notes.1');
  });

  test('know what an id of the log is called now, also by its beginning', () => {
    const { compare, translate, knows, equate } = createSameness();
    compare(commit(a, 'm'), commit(other, 'm'));
    expect(translate(`approve ${a.slice(0, 16)} now`)).toBe(`approve ${other.slice(0, 16)} now`);
    expect([knows(a), knows(b)]).toEqual([true, false]);
    equate(b, more);
    expect(translate(b)).toBe(more);
    expect(translate('nothing to see, 12')).toBe('nothing to see, 12');
  });
});
