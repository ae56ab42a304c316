import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { NewEvent } from '../../../src/core/events/event.ts';
import type { AppendResult, EventStore, VerifyReport } from '../../../src/ports/event-store.ts';
import { createMemoryStore } from '../../../src/stores/memory.ts';
import { createEventMaker, readAll } from '../../support/new-events.ts';
import type { EventStoreContract, EventStoreHarness } from './harness.ts';

/** Random programs of appends and reads, each step's answer compared with that of the memory store. */
export function describePrograms({ create, programs }: EventStoreContract): void {
  it('answers as the memory store does, whatever the program, and ends with the same chain', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 12 }), async (program) => {
        const fresh = await create();
        try {
          await compare(program, fresh);
        } finally {
          await fresh.remove();
        }
      }),
      { numRuns: programs },
    );
  });
}

const issue = fc.constantFrom('1', '2', 'PROJ-1');
const type = fc.constantFrom(
  'ISSUE.ASSIGNED.SUCCESS',
  'WORKFLOW.STEP_SKIPPED',
  'WORKFLOW.CANCELLED',
  'TRIGGER.ACTIVATED',
);
const item = fc.oneof(
  fc.record({ tags: issue.map((issueId) => ({ issueId })) }),
  fc.record({ types: fc.array(type, { maxLength: 2 }) }),
  fc.record({ types: fc.array(type, { maxLength: 2 }), tags: issue.map((issueId) => ({ issueId })) }),
  fc.constant({}),
);
const query = fc.record({ items: fc.array(item, { maxLength: 2 }) });
const position = fc.nat({ max: 20 });
/** The clock of the events goes on by a second or two with each. */
const moment = fc
  .nat({ max: 60 })
  .map((seconds) => new Date(Date.parse('2026-11-20T08:00:00.000Z') + seconds * 1000).toISOString());
const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      events: fc.array(fc.record({ type, issue }), { minLength: 1, maxLength: 3 }),
      condition: fc.option(fc.record({ failIfEventsMatch: query, after: position })),
      handle: fc.nat({ max: 1 }),
      /** Some are sent again at the end. */
      again: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      query,
      options: fc.record(
        {
          after: position,
          until: position,
          since: moment,
          before: moment,
          limit: fc.nat({ max: 5 }),
          backwards: fc.boolean(),
          unchecked: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      handle: fc.nat({ max: 1 }),
    }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

async function compare(program: readonly Command[], fresh: EventStoreHarness): Promise<void> {
  const model = createMemoryStore();
  const handles = [fresh.open(), fresh.open()];
  const make = createEventMaker();
  const again: NewEvent[][] = [];
  const pick = (handle: number) => handles[handle] as EventStore;
  for (const step of program) {
    if (step.kind === 'read') {
      const expected = await readAll(model, step.query, step.options);
      expect(await readAll(pick(step.handle), step.query, step.options)).toEqual(expected);
      continue;
    }
    const events = step.events.map((event) => toEvent(make, event));
    if (step.again) again.push(events);
    const condition = step.condition ?? undefined;
    expect(toOutcome(await pick(step.handle).append(events, condition))).toEqual(
      toOutcome(await model.append(events, condition)),
    );
  }
  for (const events of again) {
    expect(toOutcome(await pick(0).append(events))).toEqual(toOutcome(await model.append(events)));
  }
  expect(await pick(1).head()).toEqual(await model.head());
  expect(toFindings(await pick(0).verify())).toEqual(toFindings(await model.verify()));
}

/** How often a store had to try is its own affair. */
function toOutcome(result: AppendResult) {
  return { ...result, tries: 0 };
}

/** Places are named differently. */
function toFindings({ problems, ...report }: VerifyReport) {
  return { ...report, problems: problems.map(({ kind, position }) => ({ kind, position })) };
}

function toEvent(
  make: ReturnType<typeof createEventMaker>,
  wanted: { type: string; issue: string },
): NewEvent {
  if (wanted.type === 'ISSUE.ASSIGNED.SUCCESS') return make.claim(wanted.issue);
  if (wanted.type === 'WORKFLOW.CANCELLED') return make.cancel(wanted.issue);
  if (wanted.type === 'TRIGGER.ACTIVATED') return make.trigger('t');
  return make.skip(wanted.issue);
}
