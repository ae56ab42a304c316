import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/core/events/parts.ts';
import type { LoopState } from '../../src/core/state.ts';
import { listAnnotations } from '../../src/report/annotations.ts';
import { tell } from '../support/report-states.ts';

const { state: failed } = tell('attempts-failed');

function withFindings(findings: readonly Finding[]): LoopState {
  const newest = failed.failures.at(-1);
  if (!newest) throw new Error('a gate has failed');
  return { ...failed, failures: [{ ...newest, report: { ...newest.report, findings: [...findings] } }] };
}

describe('annotations', () => {
  test('stand on the line of the change that a gate found fault with', () => {
    expect(listAnnotations(failed, 'TEST_VALIDATION')).toEqual([
      {
        level: 'warning',
        title: 'Tests gate · major · tests',
        text: 'keeps a quoted line break: expected 1 row, got 2',
        file: 'test/parse-quoted.test.js',
        line: 20,
      },
    ]);
  });

  test('are made by the run that judged, and by no other', () => {
    expect(listAnnotations(failed, 'CODE_GENERATION')).toEqual([]);
    expect(listAnnotations(failed, null)).toEqual([]);
    expect(listAnnotations(tell('merge-waiting').state, 'TEST_VALIDATION')).toEqual([]);
  });

  test('are at most nine of a kind, and the last counts the rest', () => {
    const findings = Array.from(
      { length: 30 },
      (_, at): Finding => ({
        severity: at < 20 ? 'critical' : 'minor',
        path: `src/${at}.js`,
        line: at + 1,
        message: `finding ${at}`,
      }),
    );
    const all = listAnnotations(withFindings(findings), 'TEST_VALIDATION');
    expect(all.filter(({ level }) => level === 'warning')).toHaveLength(9);
    expect(all.filter(({ level }) => level === 'notice')).toHaveLength(9);
    expect(all[8]).toEqual({
      level: 'warning',
      title: 'Not shown here',
      text: '12 more findings of this kind in the summary of this run and in the log',
    });
    expect(all.at(-1)?.text).toContain('2 more findings');
  });

  test('leave out what has no file, and point at a file where no line is known', () => {
    const findings: Finding[] = [
      { severity: 'major', message: 'nowhere' },
      { severity: 'info', path: 'src/a.js', message: 'somewhere\u001b[2J\nin it' },
    ];
    expect(listAnnotations(withFindings(findings), 'TEST_VALIDATION')).toEqual([
      { level: 'notice', title: 'Tests gate · info', text: 'somewhere\\x1b[2J in it', file: 'src/a.js' },
    ]);
  });
});
