import { judgeChanges } from '../core/policies/paths.ts';
import type { FileChange } from '../ports/repository.ts';
import type { StepContext } from '../ports/step.ts';

/** Of these changes what is never published, with the reason: what nobody but a person may change, and secrets. */
export async function findRefusedChanges(
  context: StepContext,
  changes: readonly FileChange[],
): Promise<string[]> {
  const blocked = judgeChanges(changes, { add: context.config.protected.add })
    .filter((verdict) => verdict.decision === 'blocked')
    .map((verdict) => `${verdict.path}: ${verdict.reason}`);
  return [...blocked, ...(await findLeaks(context, changes))];
}

/** A commit that holds a secret is public for ever, also where a later one takes it away: the model hears of it first. */
async function findLeaks({ repository, redact }: StepContext, changes: readonly FileChange[]) {
  const files = changes.filter(({ status, newMode }) => status !== 'deleted' && newMode !== '160000');
  const blobs = await repository.readBlobs([...new Set(files.map(({ newSha }) => newSha))]);
  const isLeak = (text: string) => redact(text) !== text;
  return files
    .filter(({ newSha }) => isLeak(blobs.get(newSha)?.toString() ?? ''))
    .map(({ path }) => `${redact(path)}: holds what looks like a secret`);
}
