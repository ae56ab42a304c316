import type { LoopOutline } from '../core/state.ts';
import { viewChecks } from '../steps/ci-status.ts';
import type { Runtime } from './runtime.ts';

/**
 * Whether what this issue waits for has ended, by one look at the platform and without a trace in the log. Waits for
 * people are never over by themselves.
 */
export function isWaitOver(runtime: Runtime, state: LoopOutline): Promise<boolean> {
  if (state.wait?.for === 'ci') return isCiOver(runtime, state);
  if (state.wait?.for === 'deployment') return isDeploymentOver(runtime, state);
  return Promise.resolve(false);
}

async function isCiOver({ platform, config }: Runtime, { head, context }: LoopOutline): Promise<boolean> {
  if (!platform.ci || !head) return true;
  const { status, isIdle } = viewChecks(
    await platform.ci.checks(head.sha, context?.baseBranch),
    config.ci.workflow,
  );
  return status !== 'pending' || (isIdle && config.ci.workflow !== null);
}

async function isDeploymentOver({ platform }: Runtime, { deployment }: LoopOutline): Promise<boolean> {
  if (!platform.dispatch || !deployment) return true;
  return (await platform.dispatch.get(deployment.runId))?.status !== 'pending';
}
