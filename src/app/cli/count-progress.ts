import type { Clock, Host } from '../../ports/host.ts';

const EVERY_MS = 1000;

/** Tells whoever watches how far something is: about once a second, so never for what takes no time. */
export function createCounter(
  { host, clock }: { host: Host; clock: Clock },
  total: number | null = null,
): (what: string, done: number) => void {
  let last = clock.now().getTime();
  return (what, done) => {
    const now = clock.now().getTime();
    if (now - last < EVERY_MS) return;
    last = now;
    host.report({ kind: 'count', what, done, total });
  };
}
