import type { LoopState } from '../core/state.ts';
import { describeStatus, describeWait } from '../core/vocabulary.ts';

/** Why a command does not fit: what the issue is really doing. */
export function describeState(state: LoopState, issue: number): string {
  if (state.status === 'new')
    return `nothing is known of issue ${issue} yet: \`tamma run --issue ${issue}\` begins`;
  if (state.wait) {
    const { command } = state.wait;
    return `issue ${issue} waits for ${describeWait(state, state.wait)}${command ? `: ${command}` : ''}`;
  }
  const is = `issue ${issue} is ${describeStatus(state)}`;
  return state.status === 'active' ? `${is}, and waits for nobody` : is;
}
