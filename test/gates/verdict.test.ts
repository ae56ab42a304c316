import { describe, expect, it } from 'vitest';
import { report } from '../../src/core/events/parts.ts';
import { createVerdict, digestFindings, isPersonNote } from '../../src/gates/verdict.ts';

const draft = { gateId: 'build', passed: false, summary: 'the build failed', durationMs: 12.4 } as const;

describe('a verdict', () => {
  it('fits into the events whatever a gate found', () => {
    const findings = new Array(80).fill({ severity: 'major', message: 'x'.repeat(5000) });
    const verdict = createVerdict({
      ...draft,
      summary: `a\n${'b'.repeat(900)}`,
      findings,
      output: 'y'.repeat(20_000),
      notes: new Array(40).fill('n'.repeat(600)),
    });
    expect(report.safeParse(verdict.report).success).toBe(true);
    expect(verdict.summary).toMatch(/^a b{20}/);
    expect(verdict.notes).toHaveLength(20);
    expect(verdict.notes[0]).toHaveLength(500);
    expect(verdict.durationMs).toBe(12);
  });

  it('says in its notes why a person is needed, and the notes can be told from others', () => {
    const { notes, needsPerson } = createVerdict({
      ...draft,
      notes: ['nothing measured'],
      needsPerson: ['fewer tests'],
    });
    expect(needsPerson).toEqual(['fewer tests']);
    expect(notes).toEqual(['needs a person: fewer tests', 'nothing measured']);
    expect(notes.map(isPersonNote)).toEqual([true, false]);
  });

  it('has the same digest for the same findings in another order, at another line, after another time', () => {
    const one = digestFindings(
      [
        { severity: 'major', path: 'a.ts', line: 3, message: 'failing test: adds (0.5ms)' },
        { severity: 'major', path: 'b.ts', message: 'boom' },
      ],
      'took 5 ms',
    );
    const other = digestFindings(
      [
        { severity: 'major', path: 'b.ts', line: 9, message: 'boom' },
        { severity: 'major', path: 'a.ts', line: 7, message: 'failing test: adds (7ms)' },
      ],
      'something else',
    );
    expect(one).toBe(other);
  });

  it('has another digest for another finding, and for other output where there are no findings', () => {
    expect(digestFindings([{ severity: 'major', message: 'a' }], '')).not.toBe(
      digestFindings([{ severity: 'major', message: 'b' }], ''),
    );
    expect(digestFindings([], 'exit 1: a took 3 ms')).toBe(digestFindings([], 'exit 1: a took 9 ms'));
    expect(digestFindings([], 'exit 1: a')).not.toBe(digestFindings([], 'exit 1: b'));
  });
});
