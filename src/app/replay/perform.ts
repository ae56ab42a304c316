import { isOfType, type LoggedEvent, type NewEvent } from '../../core/events/event.ts';
import type { Act } from '../../core/replay/acts.ts';
import type { Sameness } from '../../core/replay/sameness.ts';
import { checkRef, checkSha, git } from '../../lib/git.ts';
import { giveCommand } from '../commands.ts';
import { passGate } from '../phases/gate.ts';
import { publishOutcome } from '../publish-outcome.ts';
import { readState } from '../read-state.ts';
import { runStep } from '../run-step.ts';
import type { Runtime } from '../runtime.ts';

type Performance = { issue: number; events: readonly LoggedEvent[]; sameness: Sameness };

/** Does what the log says happened next, and leaves the record of it in the world's own log. */
export async function perform(world: Runtime, act: Act, performance: Performance): Promise<void> {
  const { issue, events, sameness } = performance;
  switch (act.kind) {
    case 'step':
      await runStep(world, { issue });
      return;
    case 'death':
      await claimOnly(world, issue);
      return;
    case 'taken':
      await takeRun(world, act, performance);
      return;
    case 'command':
      await bringCommits(world, events.slice(act.index, act.index + 4), sameness);
      await giveCommand(world, { issue, command: act.command, argument: sameness.translate(act.argument) });
      return;
    case 'input':
      await world.store.append(
        events.slice(act.index, act.index + act.count).map((event) => toInput(world, event, sameness)),
      );
  }
}

/** Decides and claims, and does not work. Answers whether there was a step to claim. */
async function claimOnly(world: Runtime, issue: number): Promise<boolean> {
  const gated = await passGate(world, { issue, durationMs: () => 0, check: async () => {} });
  return 'claim' in gated;
}

async function takeRun(
  world: Runtime,
  { index, count }: Extract<Act, { kind: 'taken' }>,
  { issue, events, sameness }: Performance,
): Promise<void> {
  if (!(await claimOnly(world, issue))) return;
  const rest = events.slice(index + 1, index + count);
  if (rest.length === 0) return;
  for (const event of rest) await followLabels(world, issue, event);
  await world.store.append(rest.map((event) => toInput(world, event, sameness)));
}

/** An event of the log as one of the world's, with the world's own commits and digests in it. */
function toInput({ clock }: Runtime, event: LoggedEvent, { translate }: Sameness): NewEvent {
  const { type, timestamp, tags, metadata, data } = event;
  const translated: unknown = JSON.parse(translate(JSON.stringify(data)));
  return { id: clock.newId(), type, timestamp, tags, metadata, data: translated } as NewEvent;
}

/** What later steps find on the issue is what the run left there. */
async function followLabels(world: Runtime, issue: number, event: LoggedEvent): Promise<void> {
  if (!isOfType(event, 'ISSUE.LABELED.SUCCESS')) return;
  const { labels: present } = await world.platform.issues.get(issue);
  const addLabels = event.data.labels.filter((label) => !present.includes(label));
  const removeLabels = present.filter((label) => !event.data.labels.includes(label));
  const state = await readState(world.store, issue);
  await publishOutcome(world, {
    issue,
    state,
    intents: [{ kind: 'issue', number: issue, addLabels, removeLabels }],
  });
}

/** Commits a person added to the branch before giving it back: nobody else could make them. */
async function bringCommits(
  world: Runtime,
  events: readonly LoggedEvent[],
  { knows, equate }: Sameness,
): Promise<void> {
  const resumed = events.find((event) => isOfType(event, 'WORKFLOW.RESUMED'));
  const head = resumed && isOfType(resumed, 'WORKFLOW.RESUMED') ? resumed.data.head : undefined;
  const { branch } = await readState(world.store, Number(events[0]?.tags.issueId));
  if (!head || !branch || knows(head.sha)) return;
  const { gitDirectory } = world.repository;
  await git(['update-ref', checkRef(`refs/heads/${branch}`), checkSha(head.sha)], {
    gitDirectory,
    cwd: gitDirectory,
  });
  equate(head.sha, head.sha);
  equate(head.tree, head.tree);
}
