import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GENESIS, linkEvents, toBody } from '../../../src/core/events/chain.ts';
import type { Envelope } from '../../../src/core/events/envelope.ts';
import type { LoggedEvent } from '../../../src/core/events/event.ts';
import { cutBody, isLineFault, parseLine, readLine, toLine } from '../../../src/core/events/line.ts';
import { readLineUnchecked } from '../../../src/core/events/unchecked-line.ts';
import { arbitraryEvent } from '../../support/arbitrary-events.ts';
import { createEventMaker } from '../../support/new-events.ts';

const make = createEventMaker();
const [event] = linkEvents([make.skip('1')], GENESIS);
if (!event) throw new Error('one event');

/** An event of a type that only a later Tamma knows: its data may be anything. */
function createForeign(data: Envelope['data']): LoggedEvent {
  const [linked] = linkEvents([{ ...make.skip('1'), type: 'LATER.EVENT', data } as Envelope], GENESIS);
  if (!linked) throw new Error('one event');
  return linked;
}

describe('a line', () => {
  const anyEvent = fc.oneof(
    arbitraryEvent().map((one) => linkEvents([one], GENESIS)[0] as LoggedEvent),
    fc.json().map((text) => createForeign({ value: JSON.parse(text) })),
  );

  test('is read back as the event it was made of, its body cut out as it would be written', () => {
    fc.assert(
      fc.property(anyEvent, (one) => {
        const line = toLine(one);
        expect(parseLine(line)).toEqual(one);
        expect(cutBody(line, one)).toBe(toBody(one));
        expect(readLineUnchecked(line, 'here', 1)).toEqual(one);
      }),
      { numRuns: 150 },
    );
  });

  test('is accepted exactly if it is the RFC 8785 form of its value', () => {
    const texts = fc.constantFrom(
      ...[
        '1',
        '1.0',
        '1e2',
        '100',
        '-0',
        '0',
        '1E-7',
        '1e-7',
        '"\\u00e9"',
        '"é"',
        '"\\/"',
        '"/"',
        '"\\n"',
        '"\\u000a"',
      ],
      ...[
        '"\\ud83d\\ude00"',
        '"😀"',
        '"\\ud83d"',
        '{"b":1,"a":2}',
        '{"a":2,"b":1}',
        '{"10":1,"9":2}',
        '{"9":2,"10":1}',
      ],
      ...[
        '{"a":1,"a":1}',
        '{"__proto__":1}',
        '[1, 2]',
        '[1,2]',
        '{"é":1,"z":2}',
        '{"z":2,"é":1}',
        '{"":{"b":[{"c":1,"b":2}]}}',
      ],
      ...[
        '{"\\ud83d\\ude00":1}',
        '{"toJSON":1}',
        '"\\\\ud83d"',
        '"\\u2028"',
        '"\u2028"',
        '9007199254740993',
        '1e400',
      ],
    );
    fc.assert(
      fc.property(texts, (text) => {
        const line = toLine(createForeign({ x: 0 })).replace('"x":0', () => `"x":${text}`);
        const parsed = parseLine(line);
        const isAccepted = !isLineFault(parsed);
        expect(isAccepted).toBe(isCanonical(line));
      }),
      { numRuns: 200 },
    );
  });

  test('whose data looks like the rest of it is still cut in the right places', () => {
    const own = JSON.parse(toLine(event));
    const nested = createForeign({ a: own, b: { ...own, data: { ...own } }, c: [toLine(event), own] });
    const { position, prevHash, hash, id } = nested;
    const mimic = createForeign({ a: { hash, id, metadata: {}, position, prevHash, tags: {} } });
    const [tagged] = linkEvents(
      [make.skip('1', 'x', { position: '7', hash: ',"hash":"', type: 'a"b' })],
      GENESIS,
    );
    const last = createForeign({ a: { hash: mimic.hash, id: mimic.id, tags: { a: 'b' } } });
    for (const one of [nested, mimic, last, tagged ?? event]) {
      expect(cutBody(toLine(one), one)).toBe(toBody(one));
      expect({ ...readLineUnchecked(toLine(one), 'here', 1) }).toEqual(one);
      expect(readLine(toLine(one), 'here', { position: 1, previous: GENESIS })).toEqual(one);
    }
  });

  test('that is read without a check has to be an event in its place, and nothing more', () => {
    const line = toLine(event);
    expect(readLineUnchecked(line, 'here', 1)).toEqual(event);
    const edited = line.replace('because', 'becau5e');
    expect(readLineUnchecked(edited, 'here', 1)).toMatchObject({ data: { reason: 'becau5e' } });
    const damaged = ['', '{', 'null', '[]', '7', '{}', line.slice(1), line.replace('"tags":{', '"togs":{')];
    const asked = [line.replace('"actor":{', '"actir":{'), line.replace('"data":{', '"dota":{')];
    for (const text of [...damaged, ...asked, line.replace('"reason":', '"reason"')]) {
      const read = () => JSON.stringify(readLineUnchecked(text, 'here', 1));
      expect(read).toThrow(/^The log is damaged at position 1, here: /);
    }
    expect(() => readLineUnchecked(line, 'here', 2)).toThrow('position 1 stands where 2 belongs');
  });
});

function isCanonical(line: string): boolean {
  try {
    return canonicalize(JSON.parse(line)) === line;
  } catch {
    return false;
  }
}
