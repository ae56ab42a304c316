import type { LoopState } from '../core/state.ts';
import type { CommentPlace, Reaction } from '../ports/platform/issues.ts';
import { type GiveCommandOptions, giveCommand } from './commands.ts';
import { sayRefusal } from './refusals.ts';
import type { CommandReport } from './reports.ts';
import type { Runtime } from './runtime.ts';
import type { Speaker } from './who-may.ts';

/** What became of something that was said. `goOn`: the loop of this issue can run now. */
export type Heard =
  | { status: 'ignored'; because: string }
  | ({ status: 'answered'; goOn: boolean } & CommandReport);

/** A command, and where its answer is seen: on the comment it stands in, and on a page where reasons can be given. */
export type Saying = Omit<GiveCommandOptions, 'by' | 'dryRun'> & {
  by: Speaker;
  comment?: CommentPlace;
  /** Number of the issue or pull request on which a refusal is explained. */
  page?: number;
};

/**
 * The one way from something a person said to its answer: judged and recorded once, carried out or refused, seen where
 * it was said. Nobody but people is answered, and nothing is explained twice.
 */
export async function obey(runtime: Runtime, { comment, page, ...order }: Saying): Promise<Heard> {
  const report = await giveCommand(runtime, order);
  const { command, accepted, message, state, repeated = false } = report;
  if (report.unheard) return ignore(message);
  if (order.by.kind === 'human') {
    if (comment) await quietly(runtime, () => react(runtime, comment, report));
    if (!accepted && !repeated && page !== undefined)
      await quietly(runtime, () => sayRefusal(runtime, { state, page, command, message }));
  }
  return { status: 'answered', ...report, goOn: accepted && !repeated && canGoOn(command, state) };
}

export function ignore(because: string): Heard {
  return { status: 'ignored', because };
}

function canGoOn(command: string, { status }: LoopState): boolean {
  const isWord = command === 'feedback' || command === 'status';
  return !isWord && (status === 'active' || status === 'new');
}

/** Seen by whoever wrote it within the run. */
async function react({ platform }: Runtime, place: CommentPlace, { accepted }: CommandReport): Promise<void> {
  const reaction: Reaction = accepted ? '+1' : 'confused';
  await platform.reactions?.add(place, reaction);
}

/** The command is judged and on record; a page where nothing can be said, such as a locked one, takes that from nobody. */
async function quietly({ host }: Runtime, answer: () => Promise<void>): Promise<void> {
  try {
    await answer();
  } catch (error) {
    const text = `the answer to a command could not be shown: ${error instanceof Error ? error.message : String(error)}`;
    host.report({ kind: 'note', level: 'warning', text });
  }
}
