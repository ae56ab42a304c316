import { TammaError } from '../../core/errors.ts';
import type { Runtime } from '../runtime.ts';

/** A job that writes and therefore works nothing: no model, no commands, no files of the repository. */
export function withoutHands(runtime: Runtime): Runtime {
  const refuse = (what: string) => () =>
    Promise.reject(new TammaError('POLICY_VIOLATION', `this job holds the write token: it has no ${what}`));
  return {
    ...runtime,
    provider: refuse('model'),
    sandbox: refuse('sandbox'),
    workspace: refuse('work tree'),
  };
}

/** A job that works and therefore writes nothing, whatever its token would allow. */
export function withoutPen(runtime: Runtime): Runtime {
  const append = () =>
    Promise.reject(new TammaError('POLICY_VIOLATION', 'this job works: it does not write to the log'));
  return { ...runtime, store: { ...runtime.store, append } };
}
