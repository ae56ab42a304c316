import type { Decision } from '../core/decide.ts';
import { TammaError } from '../core/errors.ts';
import { createDraft, type EventDraft } from '../core/events/event.ts';
import type { StepId } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';
import { fillEvents, TAMMA } from './fill-events.ts';
import { queryOfIssue, readState } from './read-state.ts';
import { recordEvents } from './record-events.ts';
import type { StepReport } from './reports.ts';
import type { Runtime } from './runtime.ts';
import { toReport } from './step-report.ts';

/** Asking too often is what got us here; asking once too early costs one request. */
const SHORTEST_MS = 60_000;
const LONGEST_MS = 2 * 3_600_000;

/**
 * Until when a step has to be left alone because the platform asked for it: a limit of its rate, or something it does by
 * itself in the meantime, such as a merge queue. Undefined for every other error. It says nothing about the step, so it
 * is a wait and no failure, and no machine is paid for sitting it out.
 */
export function findPutOff({ code, retryAfterMs }: TammaError, now: Date): { until: string } | undefined {
  if (code !== 'PLATFORM_RATE_LIMITED' && code !== 'PLATFORM_PENDING') return undefined;
  const waitMs = Math.min(Math.max(retryAfterMs ?? SHORTEST_MS, SHORTEST_MS), LONGEST_MS);
  return { until: new Date(now.getTime() + waitMs).toISOString() };
}

type PutOff = { stepId: StepId; run: number; until: string; reason: string; durationMs: number };

export function putOffEvent({ reason, ...rest }: PutOff): EventDraft {
  return createDraft('WORKFLOW.WAITING', { ...rest, for: 'platform', reason: reason.slice(0, 500) });
}

type Stopped = {
  issue: number;
  state: LoopState;
  decision: Extract<Decision, { kind: 'run' }>;
  durationMs(): number;
};

/**
 * Records that the platform put the step off before it was claimed, and answers with that wait. Throws `thrown` where it
 * is anything else. Where another run was faster its view stands.
 */
export async function recordPutOff(
  runtime: Runtime,
  { issue, state, decision, durationMs }: Stopped,
  thrown: unknown,
): Promise<StepReport> {
  const { clock, config, host, redactor, store } = runtime;
  const putOff = thrown instanceof TammaError ? findPutOff(thrown, clock.now()) : undefined;
  if (!(thrown instanceof TammaError) || !putOff) throw thrown;
  const { stepId, run } = decision;
  const reason = redactor.redact(thrown.message);
  const events = fillEvents([putOffEvent({ stepId, run, ...putOff, reason, durationMs: durationMs() })], {
    clock,
    actor: TAMMA,
    correlationId: state.correlationId ?? clock.newId(),
    tags: { issueId: String(issue), runId: host.holder.runId, stepId, mode: config.mode },
  });
  await recordEvents(runtime, events, { failIfEventsMatch: queryOfIssue(issue), after: state.position });
  const after = await readState(store, issue, { asSeen: true });
  return toReport({ issue, state: after, decision, durationMs: durationMs(), error: thrown });
}
