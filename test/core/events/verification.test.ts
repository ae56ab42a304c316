import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GENESIS, linkEvents } from '../../../src/core/events/chain.ts';
import { toLine } from '../../../src/core/events/line.ts';
import { createLogVerification, type KnownHeads } from '../../../src/core/events/verification.ts';
import { createEventMaker } from '../../support/new-events.ts';

const make = createEventMaker();
const events = linkEvents(
  Array.from({ length: 8 }, (_none, index) => make.skip('1', `reason ${index}`)),
  GENESIS,
);
const lines = events.map(toLine);
const head = { position: 8, hash: events[7]?.hash ?? '' };

function verify(damaged: readonly string[], known: Partial<KnownHeads> = {}) {
  const verification = createLogVerification({ place: 'end', stored: head, ...known });
  damaged.forEach((line, index) => {
    verification.addLine(line, `line ${index + 1}`);
  });
  return verification.finish();
}

const summary = (damaged: readonly string[], known: Partial<KnownHeads> = {}) =>
  verify(damaged, known).problems.map(({ kind, position, place }) => `${kind} ${position} ${place}`);

describe('verification', () => {
  it('finds nothing in a log as it was written', () => {
    expect(verify(lines)).toEqual({ ok: true, events: 8, head, problems: [] });
    expect(verify(lines, { anchor: { position: 3, hash: events[2]?.hash ?? '' } }).ok).toBe(true);
    expect(verify(lines, { anchor: GENESIS }).ok).toBe(true);
  });

  it('tells one damage once, at its place, and takes up the chain behind it', () => {
    const broken = (index: number, line: string) => lines.with(index, line);
    expect(summary(broken(2, 'nothing'))).toEqual(['invalid-line 3 line 3']);
    expect(summary(broken(2, `${lines[2]}`.replace('reason 2', 'reason X')))).toEqual(['hash 3 line 3']);
    expect(summary(broken(2, `${lines[2]}`.replace('"run":1', '"run":0')))).toEqual(['schema 3 line 3']);
    expect(summary(broken(7, 'nothing'))).toEqual(['invalid-line 8 line 8']);
    expect(summary(lines.toSpliced(2, 1))).toEqual(['position 3 line 3']);
    expect(summary(lines.toSpliced(2, 0, `${lines[1]}`))).toEqual(
      ['position 2 line 3', 'duplicate-id 2 line 3', 'clock 2 line 3'].filter(
        (problem) => !problem.startsWith('clock'),
      ),
    );
  });

  it('finds an end that is missing, or too much, or another', () => {
    expect(summary(lines.slice(0, 5))).toEqual(['tail 6 end']);
    expect(summary(lines, { stored: { position: 6, hash: events[5]?.hash ?? '' } })).toEqual(['tail 7 end']);
    expect(summary(lines, { stored: { position: 8, hash: 'f'.repeat(64) } })).toEqual(['tail 8 end']);
    expect(summary([])).toEqual(['tail 1 end']);
    expect(summary(lines, { anchor: { position: 9, hash: 'f'.repeat(64) } })).toEqual(['tail 9 anchor']);
    expect(summary(lines, { anchor: { position: 4, hash: 'f'.repeat(64) } })).toEqual(['chain 4 anchor']);
  });

  it('takes a clock that went back for a note and not for damage', () => {
    const back = linkEvents(
      [make.skip('1'), { ...make.skip('1'), timestamp: '2020-01-01T00:00:00.000Z' }, make.skip('1')],
      GENESIS,
    );
    const report = verify(back.map(toLine), { stored: { position: 3, hash: back[2]?.hash ?? '' } });
    expect(report).toMatchObject({ ok: true, problems: [{ kind: 'clock', position: 2 }] });
  });

  it('finds every single changed, dropped, doubled or swapped byte or line', () => {
    const text = lines.join('\n');
    const mutation = fc.oneof(
      fc.record({ at: fc.nat(text.length - 1), bit: fc.nat(6) }).map(({ at, bit }) => {
        const code = text.charCodeAt(at) ^ (1 << bit);
        return `${text.slice(0, at)}${String.fromCharCode(code)}${text.slice(at + 1)}`;
      }),
      fc.nat(text.length - 1).map((at) => text.slice(0, at) + text.slice(at + 1)),
      fc.nat(text.length - 1).map((at) => text.slice(0, at)),
      fc.nat(7).map((at) => lines.toSpliced(at, 1).join('\n')),
      fc.nat(7).map((at) => lines.toSpliced(at, 0, `${lines[at]}`).join('\n')),
      fc.nat(6).map((at) =>
        lines
          .with(at, `${lines[at + 1]}`)
          .with(at + 1, `${lines[at]}`)
          .join('\n'),
      ),
    );
    fc.assert(
      fc.property(mutation, (mutated) => {
        expect(verify(mutated.split('\n')).ok).toBe(mutated === text);
      }),
      { numRuns: 400 },
    );
  });
});
