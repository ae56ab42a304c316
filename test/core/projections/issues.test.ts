import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import { eventTypes } from '../../../src/core/events/catalogue.ts';
import { GENESIS, linkEvents } from '../../../src/core/events/chain.ts';
import type { LoggedEvent, NewEvent } from '../../../src/core/events/event.ts';
import { type IssueRows, issuesProjection } from '../../../src/core/projections/issues.ts';
import { toOutline } from '../../../src/core/state/outline.ts';
import { foldEvents, type LoopState } from '../../../src/core/state.ts';
import { createPalette } from '../../../src/lib/palette.ts';
import { renderDashboard } from '../../../src/report/dashboard.ts';
import { renderStatusList } from '../../../src/report/status.ts';
import { arbitraryEvent } from '../../support/arbitrary-events.ts';
import { type Happening, simulate } from '../../support/simulated-loop.ts';

/** Long logs of few issues, and seldom the end of one: so every event comes after every other that matters to it. */
const going = eventTypes.filter((type) => type !== 'WORKFLOW.COMPLETED');
const any = fc.oneof(
  { weight: 80, arbitrary: arbitraryEvent(['7', '8'], going) },
  arbitraryEvent(['7', '8']),
);
const logs = fc.array(any, { minLength: 1, maxLength: 250, size: 'max' }).map(link);
const loops = fc
  .array(
    fc.constantFrom<Happening>(
      'ends',
      'ends',
      'ends',
      'gate-fails',
      'same-failure',
      'throws',
      'dies',
      'waits',
      'budget',
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((course) => simulate((_, run) => course[run % course.length] ?? 'ends', 40).log.events);

function link(events: readonly NewEvent[]): LoggedEvent[] {
  return linkEvents(events, GENESIS);
}

function fold(events: readonly LoggedEvent[], rows: IssueRows = issuesProjection.create()): IssueRows {
  for (const event of events) issuesProjection.take(rows, event);
  return rows;
}

/** Every issue folded by itself, from all of its events. */
function foldEach(events: readonly LoggedEvent[]): Map<number, LoopState> {
  const issues = [...new Set(events.flatMap(({ tags }) => tags.issueId ?? []))];
  return new Map(
    issues.map((issue) => [Number(issue), foldEvents(events.filter(({ tags }) => tags.issueId === issue))]),
  );
}

function through(rows: IssueRows): IssueRows {
  return issuesProjection.fromJson(JSON.parse(JSON.stringify(issuesProjection.toJson(rows))));
}

describe('the projection of all issues', () => {
  test('has the outline of what each issue comes to by its own events, whatever they are', () => {
    fc.assert(
      fc.property(logs, (events) => {
        const rows = fold(events);
        const states = foldEach(events);
        expect([...rows.keys()].sort()).toEqual([...states.keys()].sort());
        for (const [issue, state] of states) {
          const row = rows.get(issue);
          if (!row?.isPartial) expect(row?.outline).toEqual(toOutline(state));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('goes on from a snapshot as if it had never been one, wherever that was taken', () => {
    fc.assert(
      fc.property(logs, fc.nat(), (events, at) => {
        const cut = at % (events.length + 1);
        const resumed = fold(events.slice(cut), through(fold(events.slice(0, cut))));
        expect(resumed).toEqual(fold(events));
        expect(through(resumed)).toEqual(resumed);
      }),
      { numRuns: 20 },
    );
  });

  test('of loops as they run: none is partial, and decisions and lists are those of the whole state', () => {
    fc.assert(
      fc.property(loops, fc.nat(), (events, at) => {
        const part = events.slice(0, 1 + (at % events.length));
        const state = foldEvents(part);
        const row = fold(part).get(7);
        expect(row?.isPartial).toBe(false);
        const outline = row?.outline;
        if (!outline) throw new Error('the issue is there');
        const options = { now: new Date('2026-11-20T12:00:00Z'), maxAttempts: 3, claimIsLive: false };
        expect(decide(outline, options)).toEqual(decide(state, options));
        for (const render of [list, dashboard]) expect(render(outline)).toBe(render(state));
      }),
      { numRuns: 50 },
    );
  });

  test('says of a loop that was done and went on all the same that only its own events tell', () => {
    const done = simulate(() => 'ends').log.events;
    const again = { ...done[0], position: done.length + 1 } as LoggedEvent;
    expect(fold(done).get(7)).toMatchObject({ isPartial: false, outline: { status: 'done', failures: [] } });
    expect(fold([...done, again]).get(7)).toMatchObject({ isPartial: true, outline: { status: 'active' } });
    expect(through(fold([...done, again])).get(7)?.isPartial).toBe(true);
  });

  test('keeps a finished loop in less than half a kilobyte', () => {
    const { log } = simulate((_, run) => (run === 1 ? 'ends' : 'gate-fails'));
    expect(JSON.stringify(issuesProjection.toJson(fold(log.events))).length).toBeLessThan(500);
  });
});

function list(state: LoopState): string {
  return renderStatusList([{ issue: 7, state }], createPalette(false));
}

function dashboard(state: LoopState): string {
  const limits = { perDayUsd: 5, perMonthUsd: null, maxActive: 2 };
  return renderDashboard({
    loops: [{ issue: 7, state }],
    queue: [],
    held: [],
    spent: { day: 0, month: 0 },
    limits,
  });
}
