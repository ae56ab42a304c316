import type { LoopOutline } from '../core/state.ts';
import type { Runtime } from './runtime.ts';

/**
 * The runtime with what the platform knows of the run that holds this claim: a run that is over holds nothing, however
 * long its lease. Where nobody can tell, the lease decides.
 */
export async function withKnownDeaths(
  runtime: Runtime,
  { claim }: Pick<LoopOutline, 'claim'>,
): Promise<Runtime> {
  const { host, platform } = runtime;
  const run = claim && /^(\d{1,19})\.\d{1,4}$/.exec(claim.holder.runId)?.[1];
  if (!claim || !run || !platform.dispatch || claim.holder.runId === host.holder.runId) return runtime;
  if (host.isAlive(claim.holder) !== 'unknown') return runtime;
  const found = await platform.dispatch.get(run).catch(() => undefined);
  if (!found || found.status === 'pending') return runtime;
  const { runId } = claim.holder;
  return {
    ...runtime,
    host: { ...host, isAlive: (holder) => (holder.runId === runId ? 'dead' : host.isAlive(holder)) },
  };
}
