import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits before try `attempt` + 1: a random part of a span that doubles from `baseMs` up to `maxMs`, so that writers
 * who lost a race together do not meet again.
 * See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("full jitter").
 */
export async function waitWithJitter(attempt: number, baseMs = 10, maxMs = 500): Promise<void> {
  await sleep(Math.random() * Math.min(maxMs, baseMs * 2 ** attempt));
}
