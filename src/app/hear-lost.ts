import { isOfType, type LoggedEvent } from '../core/events/event.ts';
import { may } from '../core/policies/permission.ts';
import type { Said } from '../ports/platform/issues.ts';
import type { ActorPort, Permission } from '../ports/platform/people.ts';
import { readAnswers } from './commands.ts';
import type { Heard } from './hear.ts';
import { hearSaid, sourceOf } from './hear-comment.ts';
import { parseCommand } from './parse-command.ts';
import { refuse } from './ruling.ts';
import type { Runtime } from './runtime.ts';

/** How far back nobody's word is lost: longer than a weekend without a round. */
const LOOK_BACK_HOURS = 96;

/**
 * Commands whose event never came, wherever they were given: on issues, in pull requests, on lines of a change. All of
 * the repository's newest comments are looked at with one request of each kind, and what the log knows is left alone.
 * Answers with what became of the others, in the order they were given in.
 */
export async function hearLost(runtime: Runtime): Promise<Heard[]> {
  const { platform, clock } = runtime;
  if (!platform.comments || platform.capabilities.issueWrites !== 'api') return [];
  const since = new Date(clock.now().getTime() - LOOK_BACK_HOURS * 3_600_000).toISOString();
  const commands = (await platform.comments.since(since)).filter(isCommand);
  if (commands.length === 0) return [];
  const { sources } = await runtime.projections.activity();
  const lost = commands.filter(({ place }) => !sources.has(sourceOf(place)));
  if (lost.length === 0) return [];
  // What is answered in here is no later command than those that come to light beside it.
  const { position: until } = await runtime.store.head({ asSeen: true });
  const round = rememberRefused(runtime);
  const heard: Heard[] = [];
  for (const said of lost) {
    const findFlaw = async (issue: number) => {
      const answers = await readAnswers(runtime, issue, { until });
      return wasOvertaken(said, answers) ? OVERTAKEN : undefined;
    };
    heard.push(await hearSaid(round, said, findFlaw));
  }
  return heard;
}

/** Who may not command is looked up once a round, however much they have written. */
function rememberRefused(runtime: Runtime): Runtime {
  const { platform } = runtime;
  const refused = new Map<string, Permission>();
  const permission: ActorPort['permission'] = async (who) => {
    const known = refused.get(who.id);
    if (known) return known;
    const found = await platform.actors.permission(who);
    if (!may(found, 'run')) refused.set(who.id, found);
    return found;
  };
  return { ...runtime, platform: { ...platform, actors: { ...platform.actors, permission } } };
}

const OVERTAKEN = refuse(
  'overtaken',
  'a later command was carried out before this one was seen: give it again if it still holds',
);

/** A `resume` that comes to light after the `stop` that followed it must not undo that. */
function wasOvertaken({ createdAt }: Said, answers: readonly LoggedEvent[]): boolean {
  return answers.some(
    (answer) =>
      isOfType(answer, 'COMMAND.RECEIVED') &&
      answer.data.command !== 'feedback' &&
      answer.timestamp > toLastMoment(createdAt),
  );
}

/** Platforms give whole seconds, with or without `.000`: what was said in a second was said by its end. */
function toLastMoment(time: string): string {
  return time.replace(/(:\d\d)(?:\.000)?Z$/, '$1.999Z');
}

/** Who only wants to look has looked elsewhere by now. */
function isCommand({ marker, body }: Said): boolean {
  const said = marker === null ? parseCommand(body) : undefined;
  return said !== undefined && said.command !== 'status';
}
