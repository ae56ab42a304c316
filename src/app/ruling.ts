import type { EventDraft } from '../core/events/event.ts';
import type { RefusalCode } from '../core/events/parts.ts';
import type { Intent } from '../core/intents.ts';
import type { LoopState } from '../core/state.ts';
import type { Permission } from '../ports/platform/people.ts';
import type { Runtime } from './runtime.ts';

/** A command as its rule sees it: with the state it was given in and what the person may do. */
export type CommandRequest = {
  runtime: Runtime;
  issue: number;
  state: LoopState;
  argument: string;
  permission: Permission;
  /** The platform's id of whoever gives it. */
  personId: string;
};

export type Refusal = { accepted: false; code: RefusalCode; message: string };

/** What a rule makes of a command: the events that carry it out, or why it is refused. */
export type Ruling = { accepted: true; message: string; events: EventDraft[]; intents: Intent[] } | Refusal;

export function refuse(code: RefusalCode, message: string): Refusal {
  return { accepted: false, code, message };
}
