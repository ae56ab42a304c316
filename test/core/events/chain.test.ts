import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkLink, GENESIS, linkEvents, toBody } from '../../../src/core/events/chain.ts';
import { isLineFault, parseLine, readLine, toLine } from '../../../src/core/events/line.ts';
import { createEventMaker } from '../../support/new-events.ts';

const make = createEventMaker();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the chain', () => {
  it('is sha256 over previous hash, position and sha256 of the canonical event, as the README of the branch says', () => {
    const event = make.skip('1', 'ü');
    const [logged] = linkEvents([event], GENESIS);
    // Sorted keys, no spaces, written out by hand: what anybody could compute without our code.
    const body =
      `{"data":{"reason":"ü","run":1,"stepId":"RESEARCH"},"id":"${event.id}","metadata":{"actor":{"id":"tamma","kind":"system","login":"tamma"},` +
      `"correlationId":"loop","eventSource":"system","schemaVersion":1,"workflowVersion":"1"},"tags":{"issueId":"1"},` +
      `"timestamp":"${event.timestamp}","type":"WORKFLOW.STEP_SKIPPED"}`;
    expect(toBody(event)).toBe(body);
    expect(logged).toMatchObject({ v: 1, position: 1, prevHash: '0'.repeat(64) });
    expect(logged?.hash).toBe(sha256(`${'0'.repeat(64)}\n1\n${sha256(body)}`));
  });

  it('does not depend on the order in which keys were written', () => {
    const event = make.skip('1');
    const turned = {
      ...event,
      tags: { ...event.tags },
      data: Object.fromEntries(Object.entries(event.data).reverse()),
    };
    expect(linkEvents([{ ...turned, id: event.id }], GENESIS)[0]?.hash).toBe(
      linkEvents([event], GENESIS)[0]?.hash,
    );
  });

  it('goes on from any head, and the same events on another head have other hashes', () => {
    const events = [make.claim('1'), make.skip('1')];
    const [first, second] = linkEvents(events, GENESIS);
    const moved = linkEvents(events, { position: 7, hash: 'a'.repeat(64) });
    expect(moved.map(({ position }) => position)).toEqual([8, 9]);
    expect(moved[1]?.prevHash).toBe(moved[0]?.hash);
    expect(moved[0]?.hash).not.toBe(first?.hash);
    expect(linkEvents(events.slice(1), { position: 1, hash: first?.hash ?? '' })).toEqual([second]);
  });

  it('tells a wrong position, a wrong predecessor and a changed event apart', () => {
    const [first, second] = linkEvents([make.claim('1'), make.skip('1')], GENESIS);
    if (!first || !second) throw new Error('two events');
    expect(checkLink(first, GENESIS)).toBeUndefined();
    expect(checkLink(second, first)).toBeUndefined();
    expect(checkLink(second, GENESIS)).toMatchObject({ kind: 'position' });
    expect(checkLink(second, { position: 1, hash: 'f'.repeat(64) })).toMatchObject({ kind: 'chain' });
    expect(checkLink({ ...second, timestamp: first.timestamp }, first)).toMatchObject({ kind: 'hash' });
    expect(checkLink({ ...second, tags: { issueId: '2' } }, first)).toMatchObject({ kind: 'hash' });
  });
});

describe('a line of the log', () => {
  const [event] = linkEvents([make.skip('1', 'a "quoted" \\ word\n')], GENESIS);
  if (!event) throw new Error('one event');
  const line = toLine(event);

  it('comes back as the event it was made of, and has no line feed in it', () => {
    expect(parseLine(line)).toEqual(event);
    expect(line).not.toContain('\n');
    expect(readLine(line, 'here', { position: 1, previous: GENESIS })).toEqual(event);
  });

  it.each([
    ['cut off', line.slice(0, -1), 'invalid-line'],
    ['not JSON', 'hello', 'invalid-line'],
    ['empty', '', 'invalid-line'],
    ['an array', '[]', 'schema'],
    ['of another version', line.replace('"v":1', '"v":2'), 'schema'],
    ['with a key more', line.replace('{"data"', '{"also":1,"data"'), 'schema'],
    ['with data that does not fit', line.replace('"run":1', '"run":"1"'), 'schema'],
    ['with a key twice', line.replace('{"data"', '{"v":1,"data"'), 'invalid-line'],
    ['with a space', line.replace(':', ': '), 'invalid-line'],
    ['with another escape', line.replace('word', '\\u0077ord'), 'invalid-line'],
  ])('is damaged where it is %s', (_name, text, kind) => {
    const fault = parseLine(text);
    expect(isLineFault(fault) && fault.kind).toBe(kind);
    expect(() => readLine(text, 'file, line 3', { position: 1 })).toThrow(
      /damaged at position 1, file, line 3: /,
    );
  });
});
