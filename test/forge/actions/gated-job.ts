import type { Claim } from './concurrency.ts';
import { interpolateText, type Scope } from './expressions.ts';
import { type JobOrder, type JobResult, runJob } from './job.ts';
import { enterEnvironment, enterGroup, type Stopped, tellDeployment } from './job-gates.ts';
import { setJobStatus } from './job-record.ts';
import type { RunPlace } from './perform.ts';
import { startWatch } from './steps.ts';

export type GatedJob = {
  order: JobOrder;
  claim: Claim | undefined;
  /** Its `timeout-minutes`. */
  minutes: number;
  /** Aborted where another job of the same matrix failed. */
  sibling: AbortSignal;
  scope: Scope;
};

/** A job behind what has to let it through: its concurrency group and its environment. */
export async function runGated(place: RunPlace, job: GatedJob): Promise<JobResult> {
  const { order, claim, scope } = job;
  const own = new AbortController();
  const group = await enterGroup(place, order.record, claim, () => own.abort());
  if (!group.let) return toStopped(job, group);
  try {
    const { environment } = order.file;
    if (environment === undefined) return await runTimed(place, job, own.signal);
    const name = interpolateText(typeof environment === 'string' ? environment : environment.name, scope);
    const admitted = await enterEnvironment(place, order.record, name);
    if (!admitted.let) return toStopped(job, admitted);
    const { deployment } = admitted;
    const secrets = { ...order.secrets, ...Object.fromEntries(admitted.environment.secrets) };
    await tellDeployment(place, deployment, 'in_progress');
    const inside = { ...job, order: { ...order, secrets, environment: admitted.environment } };
    const result = await runTimed(place, inside, own.signal);
    await tellDeployment(place, deployment, result.conclusion === 'success' ? 'success' : 'failure');
    return result;
  } finally {
    group.leave();
  }
}

function toStopped({ order }: GatedJob, { conclusion, reason }: Stopped): JobResult {
  order.record.log += `##[error]${reason}\n`;
  return { conclusion, outputs: {}, steps: [], permissions: order.permissions };
}

/** A job that exceeds its minutes is cancelled, as the runner does it. */
async function runTimed(place: RunPlace, job: GatedJob, own: AbortSignal): Promise<JobResult> {
  const { order, minutes, sibling } = job;
  const watch = startWatch(minutes * (place.options.minute ?? 60_000));
  // A job that begins after the run was cancelled was wanted all the same (`if: always()`).
  const run = place.signal.aborted ? [] : [place.signal];
  const signal = AbortSignal.any([...run, own, sibling, watch.signal]);
  setJobStatus(place, order.record, 'in_progress');
  try {
    const result = await runJob(place, { ...order, signal });
    if (watch.signal.aborted) {
      order.record.log += `##[error]The job has exceeded the maximum execution time of ${minutes}m0s\n`;
    }
    return result;
  } finally {
    watch.stop();
  }
}
