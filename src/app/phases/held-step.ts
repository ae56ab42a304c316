import type { NewEvent } from '../../core/events/event.ts';
import { type ClaimedStep, decideHere, fenceOf, mandateOf } from '../claim.ts';
import { readEvents, readState } from '../read-state.ts';
import { recordBatches } from '../record-events.ts';
import type { StepReport } from '../reports.ts';
import type { Runtime } from '../runtime.ts';
import { toReport } from '../step-report.ts';

/** A step that is ours while nobody else has started one of this issue. */
export type HeldStep = {
  issue: number;
  claim: ClaimedStep;
  /** Since the step began. */
  durationMs(): number;
};

/** What was spent while the step was worked, on its way into the log. */
export type Spooled = { events(): readonly NewEvent[]; remove(): void };

/** Whether it is still ours to publish: no other run has it, and no person has stopped it. */
export async function hasMandate({ store }: Runtime, { issue, claim }: HeldStep): Promise<boolean> {
  const { failIfEventsMatch, after } = mandateOf(issue, claim.token);
  const [taken] = await readEvents(store, failIfEventsMatch, { after, limit: 1 });
  return taken === undefined;
}

export function appendHeld(
  runtime: Runtime,
  { issue, claim }: HeldStep,
  events: readonly NewEvent[],
  condition = fenceOf(issue, claim.token),
): Promise<'appended' | 'conflict'> {
  return recordBatches(runtime, events, condition);
}

/** Our lease was over and another run has started: it will find what we published. Nothing more is written by us. */
export async function lostClaim(
  runtime: Runtime,
  { issue, durationMs }: Pick<HeldStep, 'issue' | 'durationMs'>,
): Promise<StepReport> {
  const state = await readState(runtime.store, issue);
  return toReport({ issue, state, decision: decideHere(runtime, state), durationMs: durationMs() });
}

/** Nothing of it is published; what it has cost stays on record, if only the claim is still ours. */
export async function giveUp(runtime: Runtime, held: HeldStep, spool: Spooled): Promise<StepReport> {
  const events = spool.events();
  if (events.length === 0 || (await appendHeld(runtime, held, events)) === 'appended') spool.remove();
  return lostClaim(runtime, held);
}
