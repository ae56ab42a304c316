import type { ActionContext } from '../../src/app/action/context.ts';
import { createDeadline } from '../../src/app/action/deadline.ts';
import type { EventRequest } from '../../src/app/action/event-request.ts';
import { readInputs } from '../../src/app/action/inputs.ts';
import type { Runtime } from '../../src/app/runtime.ts';

export type Told = { printed: string[]; annotated: string[] };

export type ActionMore = { inputs?: Record<string, string>; told?: Told; isCutOff?: boolean };

/** The action's context around a runtime that is open already; what it tells is kept. */
export function createActionContext(
  runtime: Runtime,
  request: EventRequest,
  more: ActionMore = {},
): ActionContext {
  const told = more.told ?? { printed: [], annotated: [] };
  const deadline = createDeadline({ minutes: 60, now: () => new Date() });
  deadline.forget();
  return {
    inputs: readInputs((name) => more.inputs?.[name] ?? ''),
    request,
    chain: { workflow: '.github/workflows/tamma.yml', lineage: 2, limit: 100 },
    deadline: more.isCutOff ? { ...deadline, signal: AbortSignal.abort(), isNear: () => true } : deadline,
    host: {
      ...runtime.host,
      kind: 'github-actions',
      input: () => '',
      mask: () => {},
      output: () => {},
      annotate: (level, title, text) => void told.annotated.push(`${level} ${title}: ${text}`),
      summarise: () => Promise.resolve(),
      print: (text) => void told.printed.push(text),
    },
    clock: runtime.clock,
    directory: runtime.directory,
    handOver: '',
    runtime: () => Promise.resolve(runtime),
  };
}
