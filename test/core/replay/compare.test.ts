import { describe, expect, test } from 'vitest';
import { compareLogs, listHappenings } from '../../../src/core/replay/compare.ts';
import { createPalette } from '../../../src/lib/palette.ts';
import { type ComparisonView, renderComparison } from '../../../src/report/log-comparison.ts';
import { readRecordedLog } from '../../support/recorded-log.ts';
import { createEscalatedLog, createPlannedLog } from '../../support/sample-loop.ts';

const people = readRecordedLog('5c4a8d7/people');
const earlier = readRecordedLog('8e29f0b/people');
const palette = createPalette(false);

const render = (view: Omit<ComparisonView, 'issue' | 'names'>) =>
  renderComparison({ issue: 1, names: { here: 'this', there: 'that' }, ...view }, palette);

describe('two logs of one issue', () => {
  test('that are one and the same share every event', () => {
    const compared = compareLogs(people, people);
    expect(compared).toMatchObject({ shared: people.length, first: null });
    expect(compared.rows.every(({ kind }) => kind === 'same')).toBe(true);
    expect(render(compared)).toContain('one and the same log');
  });

  test('of two runs say the same where only ids, clocks and added fields differ', () => {
    const compared = compareLogs(earlier, people);
    expect(compared).toMatchObject({ shared: 0, first: null });
    expect(render(compared)).toContain('Event by event both say the same.');
  });

  test('part where one goes on differently, and what happened in one only stands between', () => {
    const short = people.slice(0, 31);
    const compared = compareLogs(short, people);
    expect(compared.shared).toBe(31);
    expect(compared.rows.filter(({ kind }) => kind === 'only-there').length).toBeGreaterThan(10);
    expect(compared.rows.filter(({ kind }) => kind === 'only-here')).toEqual([]);
    expect(compared.there).toMatchObject({ status: 'stopped', cursor: 'CODE_GENERATION', runs: 17 });
    expect(render(compared)).toContain('the other one goes on');
  });

  test('name the first event that says something else', () => {
    const other = people.map((event) =>
      event.type === 'AMBIGUITY.SCORED' ? { ...event, data: { ...event.data, score: 80 } } : event,
    ) as typeof people;
    const compared = compareLogs(
      people,
      other.map((event, index) => ({ ...event, id: `${index}` })) as typeof people,
    );
    const position = people.find(({ type }) => type === 'AMBIGUITY.SCORED')?.position;
    expect(compared.first).toMatchObject({
      here: position,
      difference: { path: 'data.score', replayed: 80 },
    });
    expect(render(compared)).toContain(`They part at ${position}: data.score is 8, and 80.`);
  });

  test('show side by side what came out differently', () => {
    const text = render(compareLogs(createPlannedLog().events, createEscalatedLog().events));
    expect(text).toMatch(/^\+ .*⚠ attempts-exhausted/m);
    expect(text).toMatch(/failed gates +0 +3/);
    expect(text).not.toContain('\u001b');
  });
});

test('a log is told as its runs and what people said', () => {
  const told = listHappenings(people).map(({ name, outcome }) => `${name}: ${outcome}`);
  expect(told.slice(4, 8)).toEqual([
    'DESIGN: waits for approval',
    'approve: refused',
    'approve: ',
    'CODE_GENERATION: done',
  ]);
  expect(told).toContain('CODE_GENERATION: failed with RECORDING_MISMATCH');
  expect(told).toContain('step-keeps-failing: CODE_GENERATION');
});
