import { describe, expect, it } from 'vitest';
import { parseCoverageReport } from '../../src/gates/coverage-report.ts';

describe('a coverage report', () => {
  it.each([
    [
      'lcov',
      'TN:\nSF:a.js\nLF:4\nLH:3\nBRF:2\nBRH:1\nend_of_record\nSF:b.js\nLF:6\nLH:6\nend_of_record\n',
      [10, 9],
      [2, 1],
    ],
    [
      'cobertura',
      '<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "x"><coverage lines-valid="8" lines-covered="6" branches-valid="4" branches-covered="1"><packages/></coverage>',
      [8, 6],
      [4, 1],
    ],
    [
      'jacoco',
      '<report name="a"><package name="p"><counter type="LINE" missed="9" covered="9"/></package><counter type="LINE" missed="1" covered="3"/><counter type="BRANCH" missed="2" covered="2"/></report>',
      [4, 3],
      [4, 2],
    ],
    [
      'clover',
      '<coverage generated="1"><project timestamp="1"><metrics statements="10" coveredstatements="5" conditionals="4" coveredconditionals="4"/></project></coverage>',
      [10, 5],
      [4, 4],
    ],
    [
      'go',
      'mode: set\nexample.com/a/a.go:3.2,5.3 2 1\nexample.com/a/a.go:6.2,9.3 3 0\nexample.com/a/a.go:6.2,9.3 3 1\nexample.com/a/b.go:1.1,2.2 5 0\n',
      [10, 5],
      [0, 0],
    ],
  ])(
    'of the format %s gives its totals',
    async (format, text, [linesFound, linesHit], [branchesFound, branchesHit]) => {
      expect(await parseCoverageReport(`\uFEFF${text}`)).toEqual({
        format,
        lines: { found: linesFound, hit: linesHit },
        branches: { found: branchesFound, hit: branchesHit },
      });
    },
  );

  it('of a run that crashed says that nothing was found', async () => {
    expect(await parseCoverageReport('TN:\n')).toMatchObject({ format: 'lcov', lines: { found: 0, hit: 0 } });
    expect(await parseCoverageReport('<coverage/>')).toBeUndefined();
    expect(await parseCoverageReport('<coverage lines-valid="many"/>')).toMatchObject({
      lines: { found: 0, hit: 0 },
    });
    expect(await parseCoverageReport('<coverage><project/></coverage>')).toMatchObject({
      lines: { found: 0 },
    });
    expect(await parseCoverageReport('<report/>')).toBeUndefined();
  });

  it.each([['nothing'], ['<html/>'], ['<report'], ['{}']])('is not %j', async (text) => {
    expect(await parseCoverageReport(text)).toBeUndefined();
  });

  it('never expands an entity', async () => {
    const bomb = '<!DOCTYPE r [<!ENTITY a "5">]><coverage lines-valid="&a;" lines-covered="&a;"/>';
    expect(await parseCoverageReport(bomb)).toMatchObject({ lines: { found: 0, hit: 0 } });
  });
});
