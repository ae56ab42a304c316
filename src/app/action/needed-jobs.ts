import { z } from 'zod';
import { TammaError } from '../../core/errors.ts';

const job = z.object({
  result: z.enum(['success', 'failure', 'cancelled', 'skipped']),
  outputs: z.record(z.string(), z.string().nullable()).default({}),
});

export type NeededJob = z.infer<typeof job>;

/** The jobs before this one, as `${{ toJSON(needs) }}` tells them. */
export type NeededJobs = { gate: NeededJob; work?: NeededJob | undefined; verify?: NeededJob | undefined };

const needs = z.object({ gate: job, work: job.optional(), verify: job.optional() });

/** Throws USAGE for what is no such JSON. */
export function readNeededJobs(text: string): NeededJobs {
  try {
    return needs.parse(JSON.parse(text));
  } catch {
    throw new TammaError('USAGE', 'the input needs must be ${{ toJSON(needs) }}, with a job called gate', {
      help: 'Use the reusable workflow of Tamma, or give the phases work, verify and publish what it gives them.',
    });
  }
}

/** What a job handed over in its output `hand-over`; undefined where it did not. */
export function handedBy(job: NeededJob | undefined): unknown {
  const text = job?.outputs['hand-over'];
  if (!text) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
