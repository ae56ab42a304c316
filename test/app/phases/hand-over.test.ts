import { describe, expect, test } from 'vitest';
import { type HandOver, readHandOver, writeHandOver } from '../../../src/app/phases/hand-over.ts';
import { permitted } from '../../../src/app/phases/permitted.ts';
import type { Ticket } from '../../../src/app/phases/ticket.ts';
import { checkVerdict } from '../../../src/app/phases/verify.ts';
import { digestOf } from '../../../src/core/digest.ts';
import { TammaError } from '../../../src/core/errors.ts';
import { createDraft, type EventDraft } from '../../../src/core/events/event.ts';
import type { Intent } from '../../../src/core/intents.ts';
import { getRow, stepIds } from '../../../src/core/loop.ts';
import { DIGEST, SHA } from '../../support/event-log.ts';
import { createNewEvent, createTickingClock } from '../../support/new-events.ts';

const ticket: Ticket = {
  v: 1,
  workflowRun: '4711',
  issue: 7,
  stepId: 'RESEARCH',
  run: 1,
  token: 12,
  jobs: 'work publish',
  base: SHA('b'),
  head: null,
  configDigest: DIGEST('c'),
};
const plain = (text: string) => text;
const found = createDraft('RESEARCH.COMPLETED.SUCCESS', { findings: [], cached: false });

function handOver(more: Partial<HandOver['outcome']> = {}, rest: Partial<HandOver> = {}): HandOver {
  const outcome = { status: 'completed', summary: 'done', events: [found], intents: [], ...more };
  return { outcome: outcome as HandOver['outcome'], spooled: [], head: null, ...rest };
}

const carry = (value: HandOver, by: Ticket = ticket) => readHandOver(by, writeHandOver(by, value, plain));
const branch: Intent = {
  kind: 'branch',
  name: 'tamma/7-x',
  head: SHA('a'),
  expected: null,
  baseSha: SHA('b'),
  commits: [],
};

describe('what crosses from job to job', () => {
  test('arrives as it was', () => {
    expect(carry(handOver())).toEqual(handOver());
    const error = new TammaError('MODEL_OUTPUT_INVALID', 'no answer', {
      help: 'Ask again.',
      details: { turn: 3 },
    });
    const { outcome } = carry({
      ...handOver(),
      outcome: { status: 'failed', error, events: [], intents: [] },
    });
    expect(outcome.status === 'failed' && outcome.error).toMatchObject({
      code: 'MODEL_OUTPUT_INVALID',
      message: 'no answer',
      help: 'Ask again.',
      details: { turn: 3 },
    });
  });

  test('holds no secret: whoever may read the repository may read it', () => {
    const value = handOver({ summary: 'the key is hunter2-hunter2' } as object);
    expect(writeHandOver(ticket, value, (text) => text.replaceAll('hunter2-hunter2', '***'))).not.toContain(
      'hunter2',
    );
  });

  test.each<[string, EventDraft[], Intent[], string]>([
    [
      'another step’s event',
      [createDraft('AMBIGUITY.SCORED', { score: 1, threshold: 2, reasons: [] })],
      [],
      'may not record',
    ],
    ['a tag of another issue', [{ ...found, tags: { issueId: '8' } }], [], 'may not carry the tag issueId'],
    ['a branch', [], [branch], 'RESEARCH may not ask for branch'],
  ])('with %s is refused', (_name, events, intents, message) => {
    const value = handOver({ events, intents } as object, { head: intents.length > 0 ? SHA('a') : null });
    expect(() => carry(value)).toThrow(message);
  });

  test('with a verdict of another gate is refused', () => {
    const passed = createDraft('GATE.PASSED', {
      gateId: 'tests',
      attempt: 1,
      headSha: SHA('a'),
      summary: '',
      notes: [],
      measured: {},
      durationMs: 1,
    });
    const review: Ticket = { ...ticket, stepId: 'CODE_REVIEW' };
    expect(() => carry(handOver({ events: [passed] } as object), review)).toThrow(
      'may not judge for the tests gate',
    );
  });

  test('with an issue that it would close is refused', () => {
    const close: Intent = { kind: 'issue', number: 7, close: { reason: 'done' } };
    const design: Ticket = { ...ticket, stepId: 'DESIGN' };
    expect(() => carry(handOver({ events: [], intents: [close] } as object), design)).toThrow(
      'may not close',
    );
  });

  test.each<[Ticket['stepId'], HandOver['outcome'], string]>([
    ['SECURITY_SCAN', { status: 'skipped', reason: 'x', events: [], intents: [] }, 'never skipped'],
    ['CODE_REVIEW', { status: 'skipped', reason: 'x', events: [], intents: [] }, 'never skipped'],
    [
      'RESEARCH',
      { status: 'waiting', summary: '', for: 'approval', events: [], intents: [] },
      'may not wait for approval',
    ],
    ['DESIGN', { status: 'waiting', summary: '', for: 'ci', events: [], intents: [] }, 'may not wait for ci'],
  ])('in which %s ends in a way it never does is refused', (stepId, outcome, message) => {
    expect(() => carry({ outcome, spooled: [], head: null }, { ...ticket, stepId })).toThrow(message);
  });

  test('with commits that its branch does not want is refused', () => {
    expect(() => carry(handOver({}, { head: SHA('a') }))).toThrow(
      'its commits are not what its branch wants',
    );
  });

  test('brings calls of a model that were made for this very step, and no others', () => {
    const sent = {
      ...{ requestId: 'r', task: 'research', turn: 1, requestDigest: DIGEST('d') },
      ...{ messages: 1, estimatedUsd: 0 },
    };
    const tags = { issueId: '7', stepId: 'RESEARCH', runId: '4711.2' };
    const call = (more: object) =>
      createNewEvent(createTickingClock(), 'AI.REQUEST.SENT', sent, { ...tags, ...more });
    expect(carry(handOver({}, { spooled: [call({})] })).spooled).toHaveLength(1);
    for (const foreign of [{ issueId: '8' }, { stepId: 'DESIGN' }, { runId: '4712.2' }])
      expect(() => carry(handOver({}, { spooled: [call(foreign)] }))).toThrow('no model call of this step');
    const event = createNewEvent(createTickingClock(), 'WORKFLOW.CANCELLED', { reason: 'x' }, tags);
    expect(() => carry(handOver({}, { spooled: [event] }))).toThrow('no model call of this step');
    const broken = { ...call({}), data: { ...sent, turn: 0 } } as HandOver['spooled'][number];
    expect(() => carry(handOver({}, { spooled: [broken] }))).toThrow('cannot be recorded');
  });

  test.each(['', '[]', '{"v":2}', 'null'])('%s is refused', (text) => {
    expect(() => readHandOver(ticket, text)).toThrow('does not fit its schema');
  });

  test('is permitted for exactly the steps that have a job of their own', () => {
    const crossing = stepIds.filter((id) => getRow(id).model || getRow(id).sandbox);
    expect(Object.keys(permitted).sort()).toEqual([...crossing].sort());
  });
});

describe('the verdict on what a model wrote', () => {
  const coded: Ticket = { ...ticket, stepId: 'CODE_GENERATION', jobs: 'work verify publish' };
  const code = handOver({ intents: [branch] } as object, { head: SHA('a') });
  const verdict = { v: 1, ticket: digestOf(coded), head: SHA('a'), passed: true, gates: [] };

  test('lets a green commit through, and work that was not finished', () => {
    expect(() => checkVerdict(coded, code, verdict)).not.toThrow();
    const unfinished = handOver({ status: 'gate-failed' } as object, { head: SHA('a') });
    expect(() => checkVerdict(coded, unfinished, undefined)).not.toThrow();
  });

  test.each([
    ['nothing', undefined],
    ['one of another commit', { ...verdict, head: SHA('c') }],
    ['one of another ticket', { ...verdict, ticket: DIGEST('0') }],
    ['no verdict', 'passed'],
  ])('that is %s stops it', (_name, told) => {
    expect(() => checkVerdict(coded, code, told)).toThrow('nobody has verified');
  });
});
