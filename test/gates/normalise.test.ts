import { describe, expect, it } from 'vitest';
import { normaliseNoise } from '../../src/gates/normalise.ts';

describe('two runs that failed the same way', () => {
  it.each([
    ['durations', '✖ adds (0.59ms) after 3 seconds', '✖ adds (12.1ms) after 41 seconds'],
    ['duration fields', 'duration_ms 64.19', 'duration_ms: 7'.replace(':', '')],
    ['times', 'at 2026-11-20T16:09:11.603Z, 16:09:11', 'at 2026-11-21T01:00:00.000Z, 01:00:00'],
    [
      'temporary folders',
      'at file:///tmp/tamma-a1/src/a.js:3:34',
      'at file:///var/folders/x-9/work/src/a.js:4:1'.replace('work/src', 'src'),
    ],
    ['lines', 'src/a.ts:3:34 boom on line 7', 'src/a.ts:9:1 boom on line 8'],
    [
      'ids',
      'run 0199a0b0-0000-7000-8000-000000000001 at 0x7efda1f929d0',
      'run 0199a0b0-0000-7000-8000-00000000000f at 0x7efda1f92000',
    ],
    ['process ids', 'pid 123 listens on 127.0.0.1:4567', 'pid 9 listens on 127.0.0.1:33333'],
    ['colours and blanks', '\u001b[31mred\u001b[39m   text\r\n\n  more', 'red text\nmore'],
  ])('differ in nothing but %s', (_, one, other) => {
    expect(normaliseNoise(one)).toBe(normaliseNoise(other));
  });

  it('still differ in names, values and files', () => {
    expect(normaliseNoise('expected 1 to be 2')).not.toBe(normaliseNoise('expected 1 to be 3'));
    expect(normaliseNoise('src/a.ts:3 boom')).not.toBe(normaliseNoise('src/b.ts:3 boom'));
    expect(normaliseNoise('✖ adds (1ms)')).not.toBe(normaliseNoise('✖ subtracts (1ms)'));
  });

  it('are normalised the same when normalised again', () => {
    const text = 'x at /tmp/a/b/src/a.ts:3:4 took 4.5 s, pid 4, 2026-01-01 10:00:00, localhost:3000';
    expect(normaliseNoise(normaliseNoise(text))).toBe(normaliseNoise(text));
  });
});
