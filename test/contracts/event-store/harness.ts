import type { Envelope } from '../../../src/core/events/envelope.ts';
import type { EventQuery, EventStore } from '../../../src/ports/event-store.ts';
import type { createEventMaker } from '../../support/new-events.ts';

type EventMaker = ReturnType<typeof createEventMaker>;

export type EventStoreHarness = {
  /** One more handle on the same log; a new process in all but name. */
  open(): EventStore;
  /** Puts an event at the end of the log that this Tamma would not write, as a later version may. */
  plant(event: Envelope): Promise<void>;
  /** Closes every handle and removes the log. */
  remove(): Promise<void>;
};

export type EventStoreContract = {
  /** An empty log. */
  create(): Promise<EventStoreHarness>;
  /** How many programs the store is compared with the memory store on: fewer for a slow one. */
  programs: number;
  racers: number;
};

export const everything: EventQuery = { items: [] };
export const ofIssue = (issue: string): EventQuery => ({ items: [{ tags: { issueId: issue } }] });

/** The parts of the running test. */
export type Scene = { harness: EventStoreHarness; store: EventStore; make: EventMaker };
