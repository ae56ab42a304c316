import { TammaError } from '../core/errors.ts';
import type { Session } from './session.ts';

export type AgentLimits = {
  /** Model calls. */
  maxTurns: number;
  /** Failed tool calls in a row. */
  maxToolErrors: number;
  maxSeconds?: number;
  maxOutputTokens?: number;
};

const MAX_INVALID_SUBMISSIONS = 3;
const MAX_IDENTICAL_FAILURES = 3;
const MAX_IDLE_TURNS = 2;

/** The one place that says "enough", before every call. Throws AGENT_LIMIT, MODEL_OUTPUT_INVALID. */
export function checkLimits(
  session: Session,
  limits: AgentLimits,
  { task, now }: { task: string; now: Date },
): void {
  const seconds = (now.getTime() - session.startedAt.getTime()) / 1000;
  const [sameCall, times] = [...session.failures].find(([, count]) => count >= MAX_IDENTICAL_FAILURES) ?? [];
  if (session.turns >= limits.maxTurns) throw limit(task, `all ${limits.maxTurns} turns are used up`);
  if (session.errorsInRow >= limits.maxToolErrors)
    throw limit(task, `${session.errorsInRow} tool calls in a row failed`);
  if (sameCall) throw limit(task, `the same call failed ${times} times: ${sameCall.slice(0, 200)}`);
  if (limits.maxSeconds !== undefined && seconds >= limits.maxSeconds) {
    throw limit(task, `the time of ${limits.maxSeconds} seconds is used up`);
  }
  if (session.invalidSubmissions >= MAX_INVALID_SUBMISSIONS) {
    throw new TammaError(
      'MODEL_OUTPUT_INVALID',
      `${task}: ${session.invalidSubmissions} answers did not have the asked form`,
    );
  }
  if (session.idleTurns >= MAX_IDLE_TURNS) {
    throw new TammaError(
      'MODEL_OUTPUT_INVALID',
      `${task}: the model neither called a tool nor submitted an answer`,
    );
  }
}

function limit(task: string, reason: string): TammaError {
  return new TammaError('AGENT_LIMIT', `${task}: ${reason}`);
}
