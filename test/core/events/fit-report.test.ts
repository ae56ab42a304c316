import { describe, expect, test } from 'vitest';
import { fitReport } from '../../../src/core/events/fit-report.ts';
import type { Finding } from '../../../src/core/events/parts.ts';

const finding = (message: string): Finding => ({ severity: 'major', path: 'src/a.js', message });
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('fitting a report into an event', () => {
  test('a report that fits stays as it is', () => {
    const report = { summary: 'red', findings: [finding('one'), finding('two')], output: 'not ok 1' };
    expect(fitReport(report, 10_000)).toEqual(report);
  });

  test('findings that do not fit are counted in the last one', () => {
    const findings = Array.from({ length: 50 }, (_, index) => finding(`${index} ${'x'.repeat(1990)}`));
    const fitted = fitReport({ summary: 'red', findings }, 40_000);
    expect(sizeOf(fitted)).toBeLessThanOrEqual(40_000);
    expect(fitted.findings.length).toBeGreaterThan(15);
    expect(fitted.findings.at(-1)?.message).toBe(
      `${50 - (fitted.findings.length - 1)} more findings are too long to be kept here`,
    );
    expect(fitted.findings.slice(0, -1)).toEqual(findings.slice(0, fitted.findings.length - 1));
  });

  test('of a long output the end is kept, whatever its characters cost', () => {
    const output = `${'\u0001€'.repeat(4000)}the end`;
    const fitted = fitReport({ summary: 'red', findings: [finding('one')], output }, 8000);
    expect(sizeOf(fitted)).toBeLessThanOrEqual(8000);
    expect(fitted.output).toMatch(/the end$/);
    expect(fitted.findings).toEqual([finding('one')]);
  });
});
