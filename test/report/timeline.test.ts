import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../../src/core/events/event.ts';
import { stepIds } from '../../src/core/loop.ts';
import { renderTimeline } from '../../src/report/timeline.ts';
import { storyNames, tell } from '../support/report-states.ts';

/**
 * The part of Mermaid's grammar of gantt charts that we use, strictly: no name may hold what ends it (`:`), begins a
 * comment (`%`, `#`, `;`) or opens a statement; times are milliseconds; sections are drawn by name, so each has its own.
 */
function parseGantt(text: string) {
  const [open, kind, format, axis, today, ...lines] = text.split('\n');
  expect([open, kind, format, axis, today, lines.pop()]).toEqual([
    '```mermaid',
    'gantt',
    '  dateFormat x',
    '  axisFormat %H:%M:%S',
    '  todayMarker off',
    '```',
  ]);
  const sections: { name: string; bars: { name: string; from: number; to: number }[] }[] = [];
  for (const line of lines) {
    const [, section] = /^ {2}section ([A-Z][A-Za-z0-9 ]*)$/.exec(line) ?? [];
    if (section) {
      sections.push({ name: section, bars: [] });
      continue;
    }
    const bar =
      /^ {2}(?!section|title|click|call|href|weekday|excludes|includes)([A-Za-z][A-Za-z0-9 (),.]*) :(?:done|crit|active), (\d{13}), (\d{13})$/;
    const [, name = '', from, to] = bar.exec(line) ?? [];
    expect(name, line).not.toBe('');
    expect(Number(to)).toBeGreaterThan(Number(from));
    sections.at(-1)?.bars.push({ name, from: Number(from), to: Number(to) });
  }
  expect(new Set(sections.map(({ name }) => name)).size).toBe(sections.length);
  expect(sections.every(({ bars }) => bars.length > 0)).toBe(true);
  return sections;
}

describe('the chart of a loop', () => {
  test.each(storyNames)('is one that Mermaid reads: %s', (name) => {
    expect(parseGantt(renderTimeline(tell(name).log.events)).length).toBeGreaterThan(0);
  });

  test('is one whatever order and however often steps ran', () => {
    const run = fc.record({
      stepId: fc.constantFrom(...stepIds),
      run: fc.integer({ min: 1, max: 200 }),
      gap: fc.nat(1e9),
    });
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 120 }), (runs) => {
        let time = Date.parse('2026-11-20T08:00:00.000Z');
        const events = runs.flatMap(({ stepId, run, gap }, index) => {
          time += gap;
          const at = new Date(time).toISOString();
          const waits = index % 3 === 0;
          return [
            { type: 'WORKFLOW.STEP_STARTED', timestamp: at, data: { stepId, run } },
            {
              type: waits ? 'WORKFLOW.WAITING' : 'WORKFLOW.STEP_COMPLETED',
              timestamp: at,
              data: { stepId, run, outcome: 'completed', for: 'ci' },
            },
          ];
        });
        const logged = events.map(
          (event) => ({ ...event, metadata: { schemaVersion: 1 } }) as unknown as LoggedEvent,
        );
        parseGantt(renderTimeline(logged));
      }),
      { numRuns: 40 },
    );
  });

  test('groups runs by round, and shows what was waited for in between', () => {
    const sections = parseGantt(renderTimeline(tell('merge-waiting').log.events));
    expect(sections.map(({ name }) => name)).toEqual(['Plan', 'Round 1', 'Round 2', 'Deliver']);
    expect(sections[0]?.bars.map(({ name }) => name)).toContain('waited, 2 min');
    expect(sections[2]?.bars.map(({ name }) => name)[0]).toMatch(/^Write tests and code \(2\), \d+ min$/);
  });
});
