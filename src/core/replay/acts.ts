import { isOfType, type LoggedEvent } from '../events/event.ts';
import type { RefusalCode } from '../events/parts.ts';
import { isStepId, type StepId } from '../loop.ts';

/** What has to be done so that a log goes on as it did after so many events. `count`: of events that belong to it. */
export type Act =
  /** A step runs, or an escalation is called for: whatever is decided. */
  | { kind: 'step'; index: number; stepId: StepId | null }
  /** A run that was cut off: it claims its step, and no more. */
  | { kind: 'death'; index: number; stepId: StepId }
  /** A run whose end came from outside: its decision is taken again, what followed is taken from the log. */
  | { kind: 'taken'; index: number; count: number; stepId: StepId }
  | { kind: 'command'; index: number; command: string; argument: string }
  /** What nobody decided: the word of a platform, or what a dead run had spent. */
  | { kind: 'input'; index: number; count: number };

/** Refusals for reasons that only the platform knows. */
const OUTSIDE: readonly (RefusalCode | undefined)[] = [
  'not-a-person',
  'edited',
  'gone',
  'no-permission',
  'not-ours',
  'own-pull',
  'overtaken',
  'busy',
];

/** What nobody decides who could decide it again. */
const OF_NOBODY: readonly string[] = ['TRIGGER.ACTIVATED', 'APPROVAL.WITHDRAWN', 'PLUGIN.EXECUTED'];

const ENDS: readonly string[] = [
  'WORKFLOW.STEP_COMPLETED',
  'WORKFLOW.STEP_FAILED',
  'WORKFLOW.STEP_SKIPPED',
  'WORKFLOW.WAITING',
];

export type ActOptions = {
  /** The log is of a platform that is not there: its steps, and what people said on it, are taken from the log. */
  withoutPlatform: boolean;
};

/** Steps whose outcome is the platform's. */
const OF_PLATFORM: readonly StepId[] = [
  'ISSUE_ASSIGNMENT',
  'PR_CREATION',
  'CI_CHECK',
  'APPROVAL_GATE',
  'MERGE',
  'DEPLOYMENT',
];

/** What comes next. Throws a plain Error behind the last event. */
export function findAct(events: readonly LoggedEvent[], index: number, options: ActOptions): Act {
  const event = events[index];
  if (!event) throw new Error('the log is at its end');
  if (isOfType(event, 'COMMAND.RECEIVED'))
    return options.withoutPlatform ? toSaid(events, index) : toCommand(index, event.data);
  if (isOfType(event, 'COMMAND.REFUSED'))
    return options.withoutPlatform || OUTSIDE.includes(event.data.code)
      ? { kind: 'input', index, count: 1 }
      : toCommand(index, event.data);
  if (isOfType(event, 'WORKFLOW.STEP_STARTED')) return findRunAct(events, index, event.data.stepId, options);
  if (event.type.startsWith('AI.') || OF_NOBODY.includes(event.type))
    return { kind: 'input', index, count: 1 };
  const { stepId = '' } = event.tags;
  return { kind: 'step', index, stepId: isStepId(stepId) ? stepId : null };
}

function toCommand(index: number, { command, argument }: { command: string; argument: string }): Act {
  return { kind: 'command', index, command, argument };
}

/** A command and all that it meant, which were one batch. */
function toSaid(events: readonly LoggedEvent[], index: number): Act {
  const { id } = (events[index] as LoggedEvent).metadata.actor;
  const isOther = ({ type, metadata }: LoggedEvent, at: number) =>
    at > index && (metadata.actor.id !== id || type.startsWith('COMMAND.'));
  const next = events.findIndex(isOther);
  return { kind: 'input', index, count: (next === -1 ? events.length : next) - index };
}

function findRunAct(
  events: readonly LoggedEvent[],
  index: number,
  stepId: StepId,
  { withoutPlatform }: ActOptions,
): Act {
  const next = events.findIndex((event, at) => at > index && isBegin(event));
  const until = next === -1 ? events.length : next;
  const end = events.slice(index, until).find((event) => ENDS.includes(event.type));
  if (!end) return next === -1 ? { kind: 'step', index, stepId } : { kind: 'death', index, stepId };
  const isTaken = withoutPlatform && OF_PLATFORM.includes(stepId);
  if (!isFromOutside(end) && !isTaken) return { kind: 'step', index, stepId };
  const { id } = events[index] as LoggedEvent;
  const own = events.slice(0, until).findLastIndex((event) => event.metadata.causationId === id);
  return { kind: 'taken', index, count: Math.max(1, own - index + 1), stepId };
}

function isBegin(event: LoggedEvent): boolean {
  return event.type === 'WORKFLOW.STEP_STARTED';
}

/** A step that failed did so for the network, a model or a signal; a put-off is the platform's. */
function isFromOutside(end: LoggedEvent): boolean {
  if (isOfType(end, 'WORKFLOW.WAITING')) return end.data.for === 'platform';
  return end.type === 'WORKFLOW.STEP_FAILED';
}
