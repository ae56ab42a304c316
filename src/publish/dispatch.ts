import { TammaError } from '../core/errors.ts';
import type { IntentOf } from '../core/intents.ts';
import type { WorkflowRun } from '../ports/platform/ci.ts';
import type { Applied, Publisher } from './apply.ts';

/** Starts the workflow unless a run stands for it already: one that a killed run of ours started, or a person. */
export async function applyDispatch(intent: IntentOf<'dispatch'>, publisher: Publisher): Promise<Applied> {
  const { purpose, workflow, ref } = intent;
  const { dispatch, id: platformId } = publisher.platform;
  if (!dispatch) throw new TammaError('PLATFORM_REFUSED', `${platformId} cannot start ${workflow}`);
  const run =
    (await findStanding(intent, publisher)) ?? (await dispatch.start({ workflow, ref, inputs: {} }));
  const { id: runId, url } = run;
  return {
    status: 'applied',
    effects: [{ kind: 'workflow-dispatched', purpose, workflow, ref, runId, url }],
  };
}

/** Clocks of different machines may disagree this much. An older run is another one's, which its commit tells. */
const CLOCK_SKEW_MS = 60_000;

async function findStanding(
  { workflow, ref, since, head, contains }: IntentOf<'dispatch'>,
  { platform, repository }: Publisher,
): Promise<WorkflowRun | undefined> {
  if (since === null && head === null) return undefined;
  const from = since === null ? 0 : Date.parse(since) - CLOCK_SKEW_MS;
  const found = await platform.dispatch?.find({ workflow, ref, since: new Date(from).toISOString() });
  if (!found) return undefined;
  if (head !== null) return found.head === head ? found : undefined;
  if (contains === null || found.head === contains) return found;
  // A commit we have not fetched is none we could have started it on.
  const isIn = await repository.isAncestor(contains, found.head).catch(() => false);
  return isIn ? found : undefined;
}
