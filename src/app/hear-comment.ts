import { sanitiseText } from '../core/text/sanitise.ts';
import type { CommentPlace, Said } from '../ports/platform/issues.ts';
import { type Heard, ignore, obey } from './hear.ts';
import { parseCommand } from './parse-command.ts';
import { findIssueOfPull } from './pull-issue.ts';
import { type Refusal, refuse } from './ruling.ts';
import type { Runtime } from './runtime.ts';

/** A comment that may hold a command, read again from the platform. May be repeated. */
export async function hearComment(runtime: Runtime, place: CommentPlace): Promise<Heard> {
  const said = await runtime.platform.comments?.get(place);
  return said ? hearSaid(runtime, said) : ignore('the comment is gone');
}

/**
 * The command in a comment as the platform has it now, carried out once and answered with a reaction. What is no
 * command, and our own words, are left alone.
 */
export async function hearSaid(
  runtime: Runtime,
  said: Said,
  findFlaw: FindFlaw = () => Promise.resolve(undefined),
): Promise<Heard> {
  const { place, onPull, author, editedAt } = said;
  const order = said.marker === null ? parseCommand(said.body) : undefined;
  if (!order) return ignore('it is no command');
  const issue = onPull ? await findIssueOfPull(runtime, place.number) : place.number;
  return obey(runtime, {
    issue: issue ?? place.number,
    command: order.command,
    argument: sanitiseText(order.argument).text,
    by: author,
    flaw: issue === undefined ? NOT_OURS : editedAt !== null ? EDITED : await findFlaw(issue),
    source: sourceOf(place),
    comment: place,
    page: place.number,
  });
}

type FindFlaw = (issue: number) => Promise<Refusal | undefined>;

const NOT_OURS = refuse(
  'not-ours',
  'this pull request is not Tamma’s; commands for an issue stand on the issue',
);
const EDITED = refuse(
  'edited',
  'the comment was edited, and only what stands as it was written counts: write it anew',
);

/** A comment's name in the log. */
export function sourceOf({ kind, id }: CommentPlace): string {
  return `${kind}-${id}`;
}
