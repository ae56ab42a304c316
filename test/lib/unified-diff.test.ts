import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createUnifiedDiff } from '../../src/lib/unified-diff.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 40 });

describe('a unified diff', () => {
  test('shows three lines around every change', () => {
    const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14'];
    const after = before.with(1, 'two').toSpliced(12, 1);
    expect(createUnifiedDiff(before, after)).toEqual([
      ' 1',
      '-2',
      '+two',
      ' 3',
      ' 4',
      ' 5',
      '@@',
      ' 10',
      ' 11',
      ' 12',
      '-13',
      ' 14',
    ]);
  });

  test('is empty where nothing differs', () => {
    expect(createUnifiedDiff(['a', 'b'], ['a', 'b'])).toEqual([]);
    expect(createUnifiedDiff([], [])).toEqual([]);
  });

  test('holds every removed and every added line', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = createUnifiedDiff(before, after);
        const removed = diff.filter((line) => line.startsWith('-')).length;
        const added = diff.filter((line) => line.startsWith('+')).length;
        expect(before.length - removed).toBe(after.length - added);
      }),
    );
  });

  test('stays quick for texts that share nothing', () => {
    const before = Array.from({ length: 3000 }, (_, index) => `old ${index}`);
    const after = Array.from({ length: 3000 }, (_, index) => `new ${index}`);
    expect(createUnifiedDiff(before, after)).toHaveLength(6000);
  });
});
