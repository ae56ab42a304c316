import { GENESIS, linkEvents } from '../../src/core/events/chain.ts';
import type { LoggedEvent } from '../../src/core/events/event.ts';
import { activityProjection } from '../../src/core/projections/activity.ts';
import { issuesProjection } from '../../src/core/projections/issues.ts';
import type { Projection } from '../../src/core/projections/projection.ts';
import { sealState } from '../../src/core/projections/seal.ts';
import type { EventStore } from '../../src/ports/event-store.ts';
import { createEventMaker, createNewEvent } from './new-events.ts';

/** Two events of each of so many issues: selected, and gone a step further; every third one stopped. */
export function createManyIssues(issues: number, make = createEventMaker()): LoggedEvent[] {
  const events = Array.from({ length: issues }, (_, index) => {
    const issue = index + 1;
    const data = {
      number: issue,
      title: `Issue ${issue}`,
      labels: ['tamma'],
      issueDigest: '1'.repeat(64),
      selectedBy: 'queue' as const,
    };
    return [
      createNewEvent(make.clock, 'ISSUE.SELECTED', data, { issueId: String(issue) }),
      issue % 3 === 0 ? make.cancel(String(issue)) : make.skip(String(issue)),
    ];
  });
  return linkEvents(events.flat(), GENESIS);
}

/** Snapshots as somebody left them who has read the log up to the last of these events. */
export async function saveSnapshots(store: EventStore, events: readonly LoggedEvent[]): Promise<void> {
  for (const projection of [issuesProjection, activityProjection] as Projection<unknown>[]) {
    const state = projection.create();
    for (const event of events) projection.take(state, event);
    await store.snapshots.save(sealState(projection, state, events.at(-1) ?? GENESIS));
  }
}
