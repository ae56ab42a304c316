import { describe, expect, it } from 'vitest';
import { listCoverageGaps } from '../../src/gates/coverage-gaps.ts';

const record = (path: string, lines: Readonly<Record<number, number>>) =>
  `SF:${path}\n${Object.entries(lines)
    .map(([line, hits]) => `DA:${line},${hits}\n`)
    .join('')}end_of_record\n`;
const options = { directory: '/w', changed: new Set(['src/mine.js']) };

describe('the lines that are not covered', () => {
  it('are named as ranges, the files of the change first, then those with the most', async () => {
    const report =
      record('src/much.js', { 1: 0, 2: 0, 3: 0, 5: 1, 9: 0 }) +
      record('src/mine.js', { 1: 1, 7: 0 }) +
      record('src/little.js', { 4: 0 }) +
      record('src/all.js', { 1: 3 });
    expect(
      (await listCoverageGaps(report, options)).map(({ path, message }) => `${path} ${message}`),
    ).toEqual([
      'src/mine.js 1 of 2 lines are not covered: 7',
      'src/much.js 4 of 5 lines are not covered: 1-3, 9',
      'src/little.js 1 of 1 lines are not covered: 4',
    ]);
  });

  it('are read from Cobertura too', async () => {
    const report =
      '<coverage><packages><package><classes><class filename="src/a.py"><methods/><lines><line number="1" hits="1"/><line number="2" hits="0"/></lines></class><class><lines/></class></classes></package><package/></packages></coverage>';
    expect(await listCoverageGaps(report, options)).toEqual([
      {
        severity: 'minor',
        rule: 'not-covered',
        path: 'src/a.py',
        message: '1 of 2 lines are not covered: 2',
      },
    ]);
  });

  it('are given with paths of the project only, and not without end', async () => {
    expect(await listCoverageGaps(record('/workspace/src/a.js', { 1: 0 }), options)).toMatchObject([
      { path: 'src/a.js' },
    ]);
    expect(await listCoverageGaps(record('/usr/lib/b.js', { 1: 0 }), options)).toEqual([]);
    const many = Array.from({ length: 20 }, (_, file) =>
      record(`${file}.js`, Object.fromEntries(Array.from({ length: 40 }, (__, line) => [2 * line + 1, 0]))),
    );
    const findings = await listCoverageGaps(many.join(''), options);
    expect(findings).toHaveLength(10);
    expect(findings[0]?.message).toMatch(/^40 of 40 lines are not covered: 1, 3, .*, 23 …$/);
  });

  it.each([['mode: set\na.go:1.1,2.2 1 0\n'], ['<report/>'], ['<coverage'], ['']])(
    'are not told by %j',
    async (report) => {
      expect(await listCoverageGaps(report, options)).toEqual([]);
    },
  );
});
