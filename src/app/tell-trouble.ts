import { type TammaError, toTammaError } from '../core/errors.ts';
import { readState } from './read-state.ts';
import { isUnrecorded } from './record-events.ts';
import type { Runtime } from './runtime.ts';
import { refreshSticky } from './sticky.ts';

/**
 * Says on the issue what kept a run from its step: whoever put the label there looks at the issue, not at the runs.
 * Never throws; the run reports the error itself. An issue that waits, ended or escalated says what it needs already.
 */
export async function tellTrouble(runtime: Runtime, issue: number, error: TammaError): Promise<void> {
  if (error.code === 'INTERRUPTED' || isUnrecorded(error)) return;
  try {
    const state = await readState(runtime.store, issue);
    if (state.status !== 'active') return;
    const { redactor, host } = runtime;
    const { message, help } = error;
    const trouble = { message: redactor.redact(message), help, runId: host.holder.runId };
    await refreshSticky(runtime, { issue, state, trouble });
  } catch (second) {
    const text = `the issue was not told: ${toTammaError(second).message}`;
    runtime.host.report({ kind: 'note', level: 'warning', text });
  }
}

/** Does something for an issue; what stops it is told there, and thrown. */
export async function tellingTrouble<T>(runtime: Runtime, issue: number, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    await tellTrouble(runtime, issue, toTammaError(thrown));
    throw thrown;
  }
}
