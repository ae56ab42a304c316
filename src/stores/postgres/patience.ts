import { setTimeout as sleep } from 'node:timers/promises';
import type { TammaError } from '../../core/errors.ts';
import { isTransient, toLogError } from './failures.ts';

export type Patience = {
  /** After this time the last error is thrown. */
  budgetMs: number;
  /** Numbers from 0 to 1. */
  random(): number;
  place: string;
};

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 2_000;

/** Tries again, after waits with full jitter, what trying again may help. `act` gets the number of the try, from 1. */
export async function withPatience<T>(
  { budgetMs, random, place }: Patience,
  act: (attempt: number) => Promise<T>,
): Promise<T> {
  const end = performance.now() + budgetMs;
  for (let attempt = 1, limit = FIRST_WAIT_MS; ; attempt += 1, limit = Math.min(2 * limit, LONGEST_WAIT_MS)) {
    let error: TammaError;
    try {
      return await act(attempt);
    } catch (thrown) {
      error = toLogError(thrown, place);
    }
    const left = end - performance.now();
    if (!isTransient(error) || left <= 0) throw error;
    await sleep(Math.min(random() * limit, left));
  }
}
