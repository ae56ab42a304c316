import type { Platform } from '../../src/ports/platform.ts';

/** Every method that writes; the rest reads and never fails here. */
const WRITES = new Set(['update', 'ensure', 'merge', 'write', 'remove']);

export type FailingPlatform = Platform & { writes(): number };

/**
 * A run that is killed right after its n-th write took effect, before it could know: nothing is written from then on.
 * 0: it is never killed, and the writes are only counted.
 */
export function createFailingPlatform(platform: Platform, killedAfter: number): FailingPlatform {
  let writes = 0;
  const guard = <P extends object>(port: P): P =>
    new Proxy(port, {
      get(target, name, receiver) {
        const method: unknown = Reflect.get(target, name, receiver);
        if (typeof method !== 'function' || !WRITES.has(String(name))) return method;
        return async (...args: unknown[]) => {
          if (killedAfter > 0 && writes >= killedAfter) throw new Error('killed');
          const result: unknown = await Reflect.apply(method, target, args);
          writes += 1;
          if (writes === killedAfter) throw new Error('killed');
          return result;
        };
      },
    });
  return {
    ...platform,
    issues: guard(platform.issues),
    pulls: guard(platform.pulls),
    branches: guard(platform.branches),
    writes: () => writes,
  };
}
