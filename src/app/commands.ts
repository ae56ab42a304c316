import type { Actor } from '../core/events/envelope.ts';
import { createDraft, type EventDraft, isOfType, type LoggedEvent } from '../core/events/event.ts';
import type { RefusalCode } from '../core/events/parts.ts';
import { isPersonCommand } from '../core/policies/permission.ts';
import type { LoopState } from '../core/state.ts';
import type { ReadOptions } from '../ports/event-store.ts';
import type { Permission } from '../ports/platform/people.ts';
import { commandRules, isCommandName } from './command-rules.ts';
import { deliverPending } from './deliver-pending.ts';
import { describeState } from './describe-state.ts';
import { fillEvents } from './fill-events.ts';
import { publishOutcome } from './publish-outcome.ts';
import { queryOfIssue, readEvents, readState } from './read-state.ts';
import { recordEvents } from './record-events.ts';
import type { CommandReport } from './reports.ts';
import { type CommandRequest, type Refusal, type Ruling, refuse } from './ruling.ts';
import type { Runtime } from './runtime.ts';
import { refreshSticky, withSticky } from './sticky.ts';
import { isLeftUnheard } from './unheard.ts';
import { judgeSpeaker, type Speaker, type Standing } from './who-may.ts';

export type GiveCommandOptions = {
  issue: number;
  /** As it was said: there may be no such command. */
  command: string;
  argument: string;
  /** Absent: whoever runs this process. */
  by?: Speaker;
  /** What is wrong with how it was said, whatever it says and whoever says it. */
  flaw?: Refusal | undefined;
  /** Where it was said, such as `comment-123`: what was said once is carried out once, however often it is heard. */
  source?: string;
  /** Judge it, and leave the log and the platform alone. */
  dryRun?: boolean;
};

const TRIES = 5;

/**
 * Carries out what a person says: checked against the state and the platform at this moment, recorded either way with
 * who said it and what they may do. A refusal is an answer, not an error: nothing changed but the record. Looking at
 * the status leaves no record, nor does what was not heard at all.
 */
export async function giveCommand(runtime: Runtime, options: GiveCommandOptions): Promise<CommandReport> {
  const { issue, command, source, flaw, dryRun = false } = options;
  const by = options.by ?? (await findSelf(runtime));
  const argument = options.argument.trim();
  let standing: Standing | undefined;
  if (!dryRun) await deliverPending(runtime);

  for (let attempt = 1; ; attempt++) {
    const state = await readState(runtime.store, issue);
    const before = source ? await findAnswer(runtime, issue, source) : undefined;
    if (before) return { ...before, issue, command, state, repeated: true };
    standing ??= await judgeSpeaker(runtime, by, command);
    const { permission } = standing;
    const barred = isMerelyUnknown(command, standing) ? flaw : (standing.bar ?? flaw);
    if (command === 'status' && !barred) return showStatus(runtime, issue, state, dryRun);
    const request = { runtime, issue, state, argument, permission, personId: by.id };
    const ruling = barred ?? (await judgeCommand(command, request));
    const { accepted, message } = ruling;
    const report = { accepted, issue, command, message, state, ...codeOf(ruling) };
    if (dryRun) return report;
    if (await isLeftUnheard(runtime, { issue, by, standing, source })) return { ...report, unheard: true };

    const drafts = toDrafts({ command, argument, permission }, ruling);
    const result = await record(runtime, { issue, state, drafts, by, source, isHere: !options.by });
    if (result === 'conflict' && attempt < TRIES) continue; // something happened meanwhile: judge it again
    if (result === 'conflict')
      return { ...report, ...refuse('busy', 'the issue keeps changing; repeat the command') };
    if (!ruling.accepted) return report;
    const after = await readState(runtime.store, issue, { asSeen: true });
    const intents = withSticky(runtime, { issue, ahead: after, intents: ruling.intents });
    await publishOutcome(runtime, { issue, state, intents });
    return { ...report, state: after };
  }
}

/** What there is may be told to everybody: it is no question of permission. */
function isMerelyUnknown(command: string, { bar, unsure }: Standing): boolean {
  return bar?.code === 'no-permission' && !unsure && !isPersonCommand(command);
}

function judgeCommand(command: string, request: CommandRequest): Ruling | Promise<Ruling> {
  return isCommandName(command)
    ? commandRules[command](request)
    : refuse(
        'unknown-command',
        `there is no such command; there are status, ${Object.keys(commandRules).join(', ')}`,
      );
}

async function showStatus(
  runtime: Runtime,
  issue: number,
  state: LoopState,
  dryRun: boolean,
): Promise<CommandReport> {
  if (!dryRun) await refreshSticky(runtime, { issue, state });
  return { accepted: true, issue, command: 'status', message: describeState(state, issue), state };
}

/** Whoever runs this process is at a keyboard, or has the token that stands for them. */
async function findSelf({ platform }: Runtime): Promise<Speaker> {
  const { id, login } = await platform.actors.self();
  return { kind: 'human', id, login };
}

type Entry = {
  issue: number;
  state: LoopState;
  drafts: EventDraft[];
  by: Speaker;
  source: string | undefined;
  isHere: boolean;
};

async function record(
  runtime: Runtime,
  { issue, state, drafts, by, source, isHere }: Entry,
): Promise<'appended' | 'conflict'> {
  const { clock, config, host, platform } = runtime;
  const actor: Actor = { ...by, via: isHere ? host.kind : platform.id };
  const events = fillEvents(drafts, {
    clock,
    actor,
    correlationId: state.correlationId ?? clock.newId(),
    tags: {
      issueId: String(issue),
      runId: host.holder.runId,
      mode: config.mode,
      ...(source ? { source } : {}),
    },
  });
  const condition = { failIfEventsMatch: queryOfIssue(issue), after: state.position };
  return (await recordEvents(runtime, events, condition)).status;
}

/** How a command from this place was answered before; undefined where it is heard for the first time. */
async function findAnswer(
  { store }: Runtime,
  issue: number,
  source: string,
): Promise<Pick<CommandReport, 'accepted' | 'message' | 'code'> | undefined> {
  const tags = { issueId: String(issue), source };
  const [event] = await readEvents(store, { items: [{ types: [...answerTypes], tags }] }, { limit: 1 });
  if (!event) return undefined;
  if (!isOfType(event, 'COMMAND.REFUSED')) return { accepted: true, message: 'it was carried out before' };
  const { reason, code } = event.data;
  return { accepted: false, message: reason, ...(code ? { code } : {}) };
}

const answerTypes = ['COMMAND.RECEIVED', 'COMMAND.REFUSED'] as const;

/** Everything of an issue that was said and answered. */
export function readAnswers(
  { store }: Pick<Runtime, 'store'>,
  issue: number,
  options: Pick<ReadOptions, 'until'> = {},
): Promise<LoggedEvent[]> {
  const items = [{ types: [...answerTypes], tags: { issueId: String(issue) } }];
  return readEvents(store, { items }, options);
}

function codeOf(ruling: Ruling): { code?: RefusalCode } {
  return ruling.accepted ? {} : { code: ruling.code };
}

function toDrafts(
  { command, argument, permission }: { command: string; argument: string; permission: Permission },
  ruling: Ruling,
): EventDraft[] {
  const said = { command, argument: argument.slice(0, 2000) };
  if (ruling.accepted) return [createDraft('COMMAND.RECEIVED', { ...said, permission }), ...ruling.events];
  const { code, message } = ruling;
  return [createDraft('COMMAND.REFUSED', { ...said, code, reason: message.slice(0, 500) })];
}
