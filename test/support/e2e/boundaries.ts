import type { NewEvent } from '../../../src/core/events/event.ts';
import type { EventStore } from '../../../src/ports/event-store.ts';
import type { Platform } from '../../../src/ports/platform.ts';
import type { Provider } from '../../../src/ports/provider.ts';

/** Every method of the platform that writes. */
const WRITES = ['update', 'ensure', 'merge', 'write', 'remove'];

/**
 * The ports with a mark before and after everything that leaves a trace: an append, a write to the platform, a call of
 * the model. A boundary's name is the same in every run of the same work: step, what happens, before or after.
 */
export function createBoundaries(pass: (boundary: string) => void) {
  let step = 'START';
  const seen = new Map<string, number>();

  async function around<T>(what: string, call: () => Promise<T>): Promise<T> {
    const key = what === 'deliver' ? ' deliver' : `${step} ${what}`;
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    const name = times === 1 ? key : `${key} ${times}`;
    pass(`${name}: before`);
    const result = await call();
    pass(`${name}: after`);
    return result;
  }

  const guard = <P extends object>(port: P, name: string): P =>
    new Proxy(port, {
      get(target, method, receiver) {
        const found: unknown = Reflect.get(target, method, receiver);
        if (typeof found !== 'function' || !WRITES.includes(String(method))) return found;
        return (...args: unknown[]) =>
          around(`${name}.${String(method)}`, () => Reflect.apply(found, target, args) as Promise<unknown>);
      },
    });

  return {
    store: (store: EventStore): EventStore => ({
      ...store,
      append(events, condition) {
        const what = describeBatch(events);
        if (what === 'claim') {
          step = events[0]?.tags.stepId ?? step;
          seen.clear();
        }
        return around(what, () => store.append(events, condition));
      },
    }),
    platform: (platform: Platform): Platform => ({
      ...platform,
      issues: guard(platform.issues, 'issues'),
      pulls: guard(platform.pulls, 'pulls'),
      branches: guard(platform.branches, 'branches'),
    }),
    provider: (provider: Provider): Provider => ({
      ...provider,
      chat: (request, options) =>
        around(`model ${options?.label?.task}`, () => provider.chat(request, options)),
    }),
  };
}

function describeBatch(events: readonly NewEvent[]): string {
  const last = events.at(-1)?.type ?? '';
  if (last === 'WORKFLOW.STEP_STARTED') return 'claim';
  if (last === 'EFFECT.INTENDED') return 'announce';
  return last.startsWith('AI.') ? 'deliver' : 'record';
}
