import type { LoopState } from '../core/state.ts';

/** Why a command does not fit: what the issue is really doing. */
export function describeState(state: LoopState, issue: number): string {
  if (state.status === 'new')
    return `nothing is known of issue ${issue} yet: \`tamma step --issue ${issue}\` begins`;
  if (state.wait)
    return `issue ${issue} waits for ${state.wait.for}${state.wait.command ? `: ${state.wait.command}` : ''}`;
  const at = state.claim ? `is working on ${state.cursor}` : `is at ${state.cursor}`;
  return state.status === 'active'
    ? `issue ${issue} ${at} and waits for nobody`
    : `issue ${issue} is ${state.status}`;
}
