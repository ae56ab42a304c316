import type { StepContext } from '../ports/step.ts';

/** Digests of what is kept beside an event. */
export type Evidence = { diff?: string; log?: string };

type Kept = { diff?: string | undefined; log?: string | undefined };

/** Keeps what there is to be kept. What could not be kept is left out. */
export async function keepEvidence(
  { keep }: Pick<StepContext, 'keep'>,
  { diff, log }: Kept,
): Promise<Evidence> {
  const kept = {
    diff: diff ? await keep(diff, 'diff') : undefined,
    log: log ? await keep(log, 'log') : undefined,
  };
  return {
    ...(kept.diff === undefined ? {} : { diff: kept.diff }),
    ...(kept.log === undefined ? {} : { log: kept.log }),
  };
}
