import type {
  ChatRequest,
  ChatResponse,
  Provider,
  StopReason,
  TokenUsage,
} from '../../src/ports/provider.ts';
import { estimateUsage } from '../../src/providers/message-parts.ts';
import { findModel } from '../../src/providers/prices.ts';

/** What a model says in one turn. */
export type ScriptedAnswer = {
  text?: string;
  toolCalls?: readonly { id?: string; name: string; input: unknown }[];
  /** Default: tool-calls where there are some, else end. */
  stopReason?: StopReason;
  /** Default: estimated from the texts. */
  usage?: Partial<TokenUsage>;
  costUsd?: number;
};

export type ScriptedCall = {
  task: string;
  turn: number;
  /** How often this task has begun, from 1: a repaired step asks the same task again. */
  run: number;
  request: ChatRequest;
};

/** By task, then by run, then by turn; or a function where the answer depends on what was asked. */
export type Script =
  | ((call: ScriptedCall) => ScriptedAnswer)
  | Readonly<Record<string, readonly (readonly ScriptedAnswer[])[]>>;

export type ScriptedProvider = Provider & { readonly calls: readonly ScriptedCall[] };

/** A provider that says what the script says, for tests and for writing recorded sessions by hand. */
export function createScriptedProvider({
  answers,
  name = 'scripted',
  vendor = 'anthropic',
  model = 'claude-opus-5-5',
}: {
  answers: Script;
  name?: string;
  vendor?: string;
  model?: string;
}): ScriptedProvider {
  const calls: ScriptedCall[] = [];
  const known = findModel(vendor, model, new Date('2026-11-20T00:00:00Z'));
  return {
    name,
    vendor,
    model,
    calls,
    limits: () => known ?? { contextTokens: 200_000, maxOutputTokens: 32_000, price: undefined },
    // biome-ignore lint/suspicious/useAwait: what it throws must reach the caller as a rejection, as with any provider
    async chat(request, { signal, onText, label } = {}) {
      signal?.throwIfAborted();
      const { task, turn } = label ?? { task: '', turn: 1 };
      const earlier = calls.filter((call) => call.task === task && call.turn === 1).length;
      const call = { task, turn, run: turn === 1 ? earlier + 1 : Math.max(earlier, 1), request };
      calls.push(call);
      const answer = findAnswer(answers, call);
      if (answer.text) onText?.(answer.text);
      signal?.throwIfAborted();
      return toResponse(answer, { model, request, serial: calls.length });
    },
  };
}

/** After the last scripted run the last one is repeated. */
function findAnswer(script: Script, call: ScriptedCall): ScriptedAnswer {
  if (typeof script === 'function') return script(call);
  const runs = script[call.task] ?? [];
  const answer = runs[Math.min(call.run, runs.length) - 1]?.[call.turn - 1];
  if (answer) return answer;
  const known = Object.entries(script).map(
    ([task, list]) => `${task} (${list.map((run) => run.length).join(', ')} turns)`,
  );
  throw new Error(
    `no answer is scripted for ${call.task || 'a call without label'}, run ${call.run}, turn ${call.turn}; there are ${known.join('; ')}`,
  );
}

function toResponse(
  { text, toolCalls = [], stopReason, usage, costUsd }: ScriptedAnswer,
  { model, request, serial }: { model: string; request: ChatRequest; serial: number },
): ChatResponse {
  const calls = toolCalls.map(({ id, name, input }, index) => ({
    type: 'tool-call' as const,
    id: id ?? `call_${serial}_${index + 1}`,
    name,
    input,
  }));
  const said = `${text ?? ''}${JSON.stringify(toolCalls)}`;
  return {
    model,
    message: { role: 'assistant', parts: [...(text ? [{ type: 'text' as const, text }] : []), ...calls] },
    stopReason: stopReason ?? (calls.length > 0 ? 'tool-calls' : 'end'),
    usage: { ...estimateUsage(request, said), ...usage },
    ...(costUsd === undefined ? {} : { costUsd }),
  };
}
