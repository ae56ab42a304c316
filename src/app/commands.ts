import type { Actor } from '../core/events/envelope.ts';
import { createDraft, type EventDraft } from '../core/events/event.ts';
import { may } from '../core/policies/permission.ts';
import type { Permission } from '../ports/platform.ts';
import { type CommandName, commandRules } from './command-rules.ts';
import { type EventFrame, fillEvents } from './fill-events.ts';
import { publishOutcome } from './publish-outcome.ts';
import { queryOfIssue, readState } from './read-state.ts';
import type { CommandReport } from './reports.ts';
import type { CommandRequest, Ruling } from './ruling.ts';
import type { Runtime } from './runtime.ts';

export type GiveCommandOptions = {
  issue: number;
  command: CommandName;
  argument: string;
  /** Judge it, and leave the log and the platform alone. */
  dryRun?: boolean;
};

const TRIES = 5;

/**
 * Carries out what a person says: checked against the state and the platform at this moment, recorded either way with
 * who said it and what they may do. A refusal is an answer, not an error: nothing changed but the record.
 */
export async function giveCommand(
  runtime: Runtime,
  { issue, command, argument, dryRun = false }: GiveCommandOptions,
): Promise<CommandReport> {
  const person = await runtime.platform.actors.self();
  const permission = await runtime.platform.actors.permission(person);
  const actor: Actor = { kind: 'human', id: person.id, login: person.login, via: runtime.host.kind };

  for (let attempt = 1; ; attempt++) {
    const state = await readState(runtime.store, issue);
    const request: CommandRequest = { runtime, issue, state, argument: argument.trim(), permission };
    const ruling = may(permission, command) ? await commandRules[command](request) : refuseFor(permission);
    if (dryRun) return { accepted: ruling.accepted, issue, command, message: ruling.message, state };
    const frame: EventFrame = {
      clock: runtime.clock,
      actor,
      correlationId: state.correlationId ?? runtime.clock.newId(),
      tags: { issueId: String(issue), runId: runtime.host.holder.runId, mode: runtime.config.mode },
    };
    const drafts = toDrafts(command, argument, permission, ruling);
    const events = fillEvents(drafts, frame);
    const result = await runtime.store.append(events, {
      failIfEventsMatch: queryOfIssue(issue),
      after: state.position,
    });
    if (result.status === 'conflict' && attempt < TRIES) continue; // something happened meanwhile: judge it again
    const message =
      result.status === 'conflict' ? 'the issue keeps changing; repeat the command' : ruling.message;
    const accepted = ruling.accepted && result.status === 'appended';
    if (ruling.accepted && accepted) await publishOutcome(runtime, { issue, state, intents: ruling.intents });
    return {
      accepted,
      issue,
      command,
      message,
      state: accepted ? await readState(runtime.store, issue) : state,
    };
  }
}

function refuseFor(permission: Permission): Ruling {
  return { accepted: false, message: `it takes write permission; this account has ${permission}` };
}

function toDrafts(command: string, argument: string, permission: Permission, ruling: Ruling): EventDraft[] {
  const said = argument.slice(0, 2000);
  if (!ruling.accepted) {
    return [
      createDraft('COMMAND.REFUSED', { command, argument: said, reason: ruling.message.slice(0, 500) }),
    ];
  }
  return [createDraft('COMMAND.RECEIVED', { command, argument: said, permission }), ...ruling.events];
}
