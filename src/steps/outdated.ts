import { createDraft } from '../core/events/event.ts';
import type { StepContext, StepOutcome } from '../ports/step.ts';
import { readIssueText } from './issue-text.ts';
import { getContext } from './project-view.ts';

/**
 * The outcome that sends the loop back to gather context where the issue was edited since, or undefined. `what` is what
 * rests on it and is void then.
 */
export async function findOutdated(context: StepContext, what: string): Promise<StepOutcome | undefined> {
  const { issueDigest } = getContext(context);
  const { digest } = await readIssueText(context);
  return digest === issueDigest ? undefined : toOutdated('the issue was edited', what, issueDigest, digest);
}

/** The same where the configuration is another one. */
export function findReconfigured(context: StepContext, what: string): StepOutcome | undefined {
  const { configDigest: was } = getContext(context);
  const now = context.configDigest;
  return now === was ? undefined : toOutdated('the configuration was changed', what, was, now);
}

function toOutdated(why: string, what: string, was: string, now: string): StepOutcome {
  return {
    status: 'gate-failed',
    summary: `${why} after ${what} was made: the loop gathers its context anew`,
    events: [createDraft('CONTEXT.OUTDATED', { was, now })],
    intents: [],
  };
}
