import { describe, expect, it } from 'vitest';
import { checkBatch, MAX_EVENT_BYTES, toPlace } from '../../../src/core/events/batch.ts';
import { toBody } from '../../../src/core/events/chain.ts';
import type { NewEvent } from '../../../src/core/events/event.ts';
import { createEventMaker, createNewEvent, createTickingClock } from '../../support/new-events.ts';

const make = createEventMaker();

describe('a batch', () => {
  it('has one to a hundred events, each once', () => {
    expect(() => checkBatch([])).toThrow('1 to 100 events, not 0');
    expect(() => checkBatch(Array.from({ length: 101 }, () => make.skip('1')))).toThrow('not 101');
    const event = make.skip('1');
    expect(() => checkBatch([event, event])).toThrow(`the id ${event.id} is twice`);
    expect(() => checkBatch(Array.from({ length: 100 }, () => make.skip('1')))).not.toThrow();
  });

  it('has no event over 64 KiB, counted in bytes of its canonical form', () => {
    const ofFiles = (count: number, last = 'y') =>
      createNewEvent(createTickingClock(), 'CODE.GENERATED.SUCCESS', {
        phase: 'implement',
        headSha: 'a'.repeat(40),
        treeSha: 'b'.repeat(40),
        files: [...Array.from({ length: count }, () => 'ü'.repeat(512)), last],
        exitCode: 0,
        round: 1,
        turns: 1,
      });
    const room = MAX_EVENT_BYTES - Buffer.byteLength(toBody(ofFiles(63)));
    expect(() => checkBatch([ofFiles(63, 'y'.repeat(room + 1))])).not.toThrow();
    expect(() => checkBatch([ofFiles(63, 'y'.repeat(room + 2))])).toThrow(/65537 bytes/);
  });

  it('has no text that JSON cannot carry, and no type nobody knows', () => {
    expect(() => checkBatch([make.skip('1', '\udfff')])).toThrow('Lone surrogate');
    expect(() => checkBatch([{ ...make.skip('1'), type: 'MOON.REACHED' } as unknown as NewEvent])).toThrow(
      'unknown type',
    );
  });

  it('stands from the lowest to the highest position of its events', () => {
    expect(
      toPlace([
        { position: 7, hash: 'c' },
        { position: 3, hash: 'a' },
      ]),
    ).toEqual({
      firstPosition: 3,
      lastPosition: 7,
      hash: 'c',
    });
  });
});
