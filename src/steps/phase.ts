import type { EventDraft } from '../core/events/event.ts';

/**
 * How a phase ended: `next` goes on to the following phase, `over` ends the step well, `judged` sends it back: code is
 * what is still missing, whether for another attempt or for a person to look at.
 */
export type PhaseResult = { status: 'next' | 'over' | 'judged'; summary: string; events: EventDraft[] };
