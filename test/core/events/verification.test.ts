import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GENESIS, linkEvents } from '../../../src/core/events/chain.ts';
import type { LoggedEvent } from '../../../src/core/events/event.ts';
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

function verify(damaged: readonly (string | Uint8Array)[], known: Partial<KnownHeads> = {}) {
  const verification = createLogVerification({ place: 'end', stored: head, ...known });
  damaged.forEach((line, index) => {
    verification.addLine(line, `line ${index + 1}`);
  });
  return verification.finish();
}

const summary = (damaged: readonly (string | Uint8Array)[], known: Partial<KnownHeads> = {}) =>
  verify(damaged, known).problems.map(({ kind, position, place }) => `${kind} ${position} ${place}`);

const messages = (damaged: readonly (string | Uint8Array)[], known: Partial<KnownHeads> = {}) =>
  verify(damaged, known).problems.map(({ message }) => message);

const broken = (index: number, line: string | Uint8Array) => lines.with(index, line as string);

const headAt = (position: number) => ({ position, hash: events[position - 1]?.hash ?? GENESIS.hash });

/** Another event with the same place, linked to the one before as a store would have. */
function forge(position: number): LoggedEvent {
  const { timestamp } = events[position - 1] ?? make.skip('1');
  const [forged] = linkEvents([{ ...make.skip('1', 'forged'), timestamp }], headAt(position - 1));
  if (!forged) throw new Error('one event');
  return forged;
}

describe('verification', () => {
  it('finds nothing in a log as it was written', () => {
    expect(verify(lines)).toEqual({ ok: true, events: 8, head, problems: [] });
    expect(verify([], { stored: GENESIS })).toEqual({ ok: true, events: 0, head: GENESIS, problems: [] });
  });

  it('names an edited line, once, and takes up the chain behind it', () => {
    expect(summary(broken(2, `${lines[2]}`.replace('reason 2', 'reason X')))).toEqual(['edited 3 line 3']);
    expect(summary(broken(2, `${lines[2]}`.replace('"position":3', '"position":7')))).toEqual([
      'edited 3 line 3',
    ]);
    const hash = `${events[2]?.hash}`;
    expect(summary(broken(2, `${lines[2]}`.replace(hash, 'f'.repeat(64))))).toEqual(['edited 3 line 3']);
    expect(summary(broken(7, `${lines[7]}`.replace('reason 7', 'reason X')))).toEqual(['edited 8 line 8']);
  });

  it('names a line that is no event, and one whose shape nobody knows', () => {
    expect(summary(broken(2, 'nothing'))).toEqual(['invalid-line 3 line 3']);
    expect(summary(broken(7, 'nothing'))).toEqual(['invalid-line 8 line 8']);
    expect(summary(broken(2, `${lines[2]}`.replace('"run":1', '"run":0')))).toEqual(['schema 3 line 3']);
    expect(summary(broken(2, `${lines[2]}`.replace(/"id":"[^"]+"/, '"id":"0"')))).toEqual([
      'schema 3 line 3',
    ]);
    expect(summary(lines.toSpliced(3, 0, 'nothing'))).toEqual(['invalid-line 4 line 4']);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['an empty line', '', 'it is empty'],
    ['half a line', `${lines[2]}`.slice(0, -20), 'it is cut off: half a line'],
    ['CR LF', `${lines[2]}\r`, 'it ends in CR LF, not LF: a tool that converts line ends wrote it'],
    ['a byte order mark', `\uFEFF${lines[2]}`, 'it begins with a byte order mark (BOM): an editor wrote it'],
    ['NUL bytes', '\0\0\0\0', 'it holds NUL bytes: UTF-16, or what a crash left behind'],
    [
      'a line of 100 MB',
      Buffer.alloc(100_000_000, 'a'),
      'it has 100000000 bytes; no line of a log has more than 66560',
    ],
    ['a long text', 'ü'.repeat(66_561), 'it has 133122 bytes; no line of a log has more than 66560'],
    [
      'Latin-1',
      Buffer.from(`${lines[2]}`.replace('reason', 'raison ê'), 'latin1'),
      'wrong encoding: it holds bytes that are not UTF-8',
    ],
    ['UTF-16', Buffer.from(`\uFEFF${lines[2]}`, 'utf16le'), 'it is UTF-16; a log is UTF-8'],
    ['other spacing', `${lines[2]}`.replace('":', '": '), 'not in the form a store writes (RFC 8785)'],
  ])('says what is wrong with %s', (_name, line, message) => {
    expect(verify(broken(2, line)).problems).toEqual([
      { kind: 'invalid-line', position: 3, place: 'line 3', message },
    ]);
  });

  it('does not take one text for another because a decoder reads both alike', () => {
    const [odd] = linkEvents([make.skip('1', 'a \uFFFD')], GENESIS);
    const bytes = Buffer.from(toLine(odd as LoggedEvent));
    const at = bytes.indexOf(Buffer.from('\uFFFD'));
    const shorter = Buffer.concat([bytes.subarray(0, at + 2), bytes.subarray(at + 3)]);
    expect(shorter.toString()).toBe(bytes.toString());
    const stored = { position: 1, hash: odd?.hash ?? '' };
    expect(verify([bytes], { stored }).ok).toBe(true);
    expect(summary([shorter], { stored })).toEqual(['invalid-line 1 line 1']);
  });

  it('names lines that were removed', () => {
    expect(summary(lines.toSpliced(2, 1))).toEqual(['removed 3 line 3']);
    expect(messages(lines.toSpliced(0, 3))).toEqual(['positions 1 to 3 are missing before it']);
    expect(messages([...lines.toSpliced(2, 1)].toSpliced(4, 1))).toEqual([
      'position 3 is missing before it',
      'position 6 is missing before it',
    ]);
  });

  it('names lines that change places, once for all that moved', () => {
    const [a, b, c, d, ...rest] = lines as [string, string, string, string];
    expect(summary([b, a, c, d, ...rest])).toEqual(['reordered 1 line 1']);
    expect(messages([a, c, d, b, ...rest])).toEqual([
      'the lines are out of order: position 3 stands before position 2',
    ]);
    expect(summary([d, c, b, a, ...rest])).toEqual(['reordered 1 line 1']);
    expect(summary([d, b, a, ...rest])).toEqual(['reordered 1 line 1', 'removed 1 line 1']);
  });

  it('names lines that were put in', () => {
    expect(summary(lines.toSpliced(2, 0, `${lines[1]}`))).toEqual(['inserted 2 line 3']);
    expect(summary(lines.toSpliced(5, 0, `${lines[1]}`))).toEqual(['inserted 2 line 6']);
    expect(summary(lines.toSpliced(2, 0, toLine(forge(3))))).toEqual(['inserted 3 line 4']);
    expect(summary(lines.toSpliced(3, 0, toLine(forge(3))))).toEqual(['inserted 3 line 4']);
  });

  it('names a line that was replaced, its hash included, by the one that follows', () => {
    expect(summary(broken(2, toLine(forge(3))))).toEqual(['rewritten 4 line 4']);
    const [alien] = linkEvents([make.skip('1')], { position: 0, hash: 'a'.repeat(64) });
    expect(messages([toLine(alien as LoggedEvent)], { stored: undefined })).toEqual([
      'it names an event before it, and there is none',
    ]);
  });

  it('names an id that is there twice', () => {
    const twice = linkEvents(
      [events[0], events[1], events[0]].map((event) => event as LoggedEvent),
      GENESIS,
    );
    expect(verify(twice.map(toLine), { stored: undefined }).problems).toContainEqual({
      kind: 'duplicate-id',
      position: 3,
      place: 'line 3',
      message: `the id ${events[0]?.id} is already at position 1`,
    });
  });

  it('finds an end that is missing, or too much, or another', () => {
    expect(summary(lines.slice(0, 5))).toEqual(['tail 6 end']);
    expect(summary(lines, { stored: headAt(6) })).toEqual(['tail 7 end']);
    expect(summary(lines, { stored: { position: 8, hash: 'f'.repeat(64) } })).toEqual(['tail 8 end']);
    expect(summary([])).toEqual(['tail 1 end']);
  });

  it('takes a clock that went back, or is ahead, for a note and not for damage', () => {
    const back = linkEvents(
      [make.skip('1'), { ...make.skip('1'), timestamp: '2020-01-01T00:00:00.000Z' }, make.skip('1')],
      GENESIS,
    );
    const stored = { position: 3, hash: back[2]?.hash ?? '' };
    expect(verify(back.map(toLine), { stored })).toMatchObject({
      ok: true,
      problems: [{ kind: 'clock', position: 2 }],
    });
    expect(verify(lines, { now: events[5]?.timestamp }).problems).toMatchObject([
      { kind: 'clock', position: 7, message: expect.stringContaining('a clock is ahead') },
      { kind: 'clock', position: 8 },
    ]);
  });

  it('puts the first bad line first, notes last, and keeps no more than a thousand', () => {
    const late = broken(4, `${lines[4]}`.replace('reason 4', 'reason X'));
    const verification = createLogVerification({
      place: 'end',
      anchors: [{ ...headAt(2), source: 'a file' }],
    });
    verification.addProblem({ kind: 'foreign', position: null, place: 'a commit', message: 'foreign' });
    verification.addProblem({ kind: 'clock', position: 1, place: 'a line', message: 'late' });
    for (const line of late) verification.addLine(line, 'line');
    expect(verification.finish().problems.map(({ kind }) => kind)).toEqual(['edited', 'foreign', 'clock']);
    const many = Array.from({ length: 1500 }, () => 'nothing');
    expect(verify(many, { stored: undefined })).toMatchObject({ ok: false, events: 1500, omitted: 500 });
  });
});

describe('an anchor', () => {
  it('is satisfied by the event that was noted, wherever it stands', () => {
    const anchors = [0, 3, 8, 3].map((position) => ({ ...headAt(position), source: 'a file' }));
    expect(verify(lines, { anchors }).ok).toBe(true);
  });

  it('finds a history that was rewritten from some place on, though it is sound in itself', () => {
    const other = [...events.slice(0, 3), ...linkEvents([make.skip('1'), make.skip('1')], headAt(3))];
    const anchors = [
      { ...headAt(3), source: 'the pull request' },
      { ...headAt(5), source: 'the comment' },
    ];
    expect(verify(other.map(toLine), { anchors, stored: undefined }).problems).toEqual([
      {
        kind: 'rewritten',
        position: 5,
        place: 'the comment',
        message: 'position 5 is not the event that was noted there; up to 3 the log is as it was noted',
      },
    ]);
  });

  it('that is wrong itself is told from a log that is, where a later one holds', () => {
    const anchors = [
      { position: 3, hash: 'f'.repeat(16), source: 'the comment' },
      { position: 6, hash: headAt(6).hash.slice(0, 16), source: 'a file' },
    ];
    expect(messages(lines, { anchors })).toEqual([
      'position 3 is not the event that was noted there; position 6 is as it was noted, and so is all before it: the note was changed',
    ]);
  });

  it('finds a tail that was cut off, head and all', () => {
    const anchors = [{ ...headAt(8), source: 'a file' }];
    expect(verify(lines.slice(0, 5), { anchors, stored: headAt(5) }).problems).toMatchObject([
      { kind: 'tail', position: 6, message: expect.stringContaining('8 was once its head') },
    ]);
    expect(summary([], { anchors, stored: GENESIS })).toEqual(['tail 1 a file']);
  });
});

describe('lines that are kept elsewhere', () => {
  const archived = { first: 1, firstPrevHash: GENESIS.hash, last: headAt(3) };

  it('are passed over, and the chain is checked on both sides of the seam', () => {
    const anchors = [1, 3, 5].map((position) => ({ ...headAt(position), source: 'a file' }));
    const verification = createLogVerification({ place: 'end', stored: head, anchors });
    verification.skip(archived, 'archive');
    for (const line of lines.slice(3)) verification.addLine(line, 'line');
    expect(verification.finish()).toEqual({ ok: true, events: 8, head, problems: [] });
  });

  it('must fit, at their beginning and at their end', () => {
    const across = (range: typeof archived) => {
      const verification = createLogVerification({ place: 'end' });
      verification.skip(range, 'archive');
      for (const line of lines.slice(3)) verification.addLine(line, 'line');
      return verification
        .finish()
        .problems.map(({ kind, position, place }) => `${kind} ${position} ${place}`);
    };
    expect(across({ ...archived, last: { position: 3, hash: 'f'.repeat(64) } })).toEqual([
      'rewritten 4 line',
    ]);
    expect(across({ ...archived, last: headAt(2) })).toEqual(['removed 3 line']);
    expect(across({ ...archived, first: 2 })).toEqual(['removed 1 archive']);
    expect(across({ ...archived, firstPrevHash: 'f'.repeat(64) })).toEqual(['rewritten 1 archive']);
  });
});

describe('a log of 200 lines', () => {
  const clock = createEventMaker();
  const all = linkEvents(
    Array.from({ length: 200 }, (_none, index) =>
      index % 3 === 0
        ? clock.claim(`${index}`)
        : clock.skip(`${index % 7}`, `why ${index} ü 漢 \uFFFD "q" \\`),
    ),
    GENESIS,
  );

  it('has no byte that could be another without being found in its own line', () => {
    let changes = 0;
    for (const event of all) {
      const bytes = Buffer.from(toLine(event));
      const before = { position: event.position - 1, hash: event.prevHash };
      for (let at = 0; at < bytes.length; at += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = (bytes[at] ?? 0) ^ (1 + ((at * 31 + event.position * 17) % 255));
        if (changed[at] === 10) continue; // two lines then: see below
        const verification = createLogVerification({ place: 'end' });
        if (before.position > 0)
          verification.skip({ first: 1, firstPrevHash: GENESIS.hash, last: before }, 'before');
        verification.addLine(changed, 'line');
        const [first] = verification.finish().problems;
        changes += 1;
        if (first?.position !== event.position)
          throw new Error(`byte ${at} of line ${event.position} became ${changed[at]}: ${first?.message}`);
      }
    }
    expect(changes).toBeGreaterThan(80_000);
  });

  it('has no line or line feed that could be dropped, doubled, swapped or cut without being found', () => {
    const text = `${all.map(toLine).join('\n')}\n`;
    const end = { position: 200, hash: all[199]?.hash ?? '' };
    const place = fc.nat(text.length - 2);
    const line = fc.nat(198);
    const whole = all.map(toLine);
    const feeds = [...text.matchAll(/\n/g)].map(({ index }) => index).slice(0, -1);
    const mutation = fc.oneof(
      fc.constantFrom(...feeds).map((at) => text.slice(0, at) + text.slice(at + 1)),
      place.map((at) => `${text.slice(0, at)}\n${text.slice(at + 1)}`),
      place.map((at) => `${text.slice(0, at)}\n${text.slice(at)}`),
      place.map((at) => text.slice(0, at) + text.slice(at + 1)),
      place.map((at) => text.slice(0, at)),
      line.map((at) => whole.toSpliced(at, 1).join('\n')),
      line.map((at) => whole.toSpliced(at, 0, `${whole[at]}`).join('\n')),
      fc.tuple(line, line).map(([a, b]) => {
        const [one, other] = [`${whole[a]}`, `${whole[b]}`];
        return a === b ? '' : whole.with(a, other).with(b, one).join('\n');
      }),
    );
    const check = (changed: string) => verify(changed.replace(/\n$/, '').split('\n'), { stored: end }).ok;
    expect(check(text)).toBe(true);
    fc.assert(
      fc.property(mutation, (changed) => {
        expect(check(changed)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});
