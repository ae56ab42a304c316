import { expect } from 'vitest';
import type { TammaError } from '../../src/core/errors.ts';

/** The error a call ends in; a call that succeeds fails the test. */
export async function catchError(call: Promise<unknown>): Promise<TammaError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error as TammaError,
  );
  expect(outcome, 'the call was expected to fail').toBeDefined();
  return outcome as TammaError;
}
