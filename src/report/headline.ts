import type { LoopState, Wait } from '../core/state.ts';
import { describeStatus, statusSymbols } from '../core/vocabulary.ts';

/** The first line of everything Tamma says on a platform: where the loop stands. */
export function renderHeadline(state: LoopState): string {
  return `### ${statusSymbols[state.status]} Tamma · ${describeStatus(state)}`;
}

/** The same for a state that will wait once this is said. */
export function renderWaitHeadline(state: LoopState, what: Wait['for']): string {
  const wait: Wait = { stepId: state.cursor, for: what, since: '', command: null, until: null };
  return renderHeadline({ ...state, status: 'waiting', wait });
}

/** What is said below its headline. */
export function withoutHeadline(text: string): string {
  return text.replace(/^### . Tamma · [^\n]*\n*/u, '');
}
