import { isOfType, type LoggedEvent } from '../core/events/event.ts';
import { formatUsd } from '../lib/quantities.ts';
import { tableRow } from './markdown.ts';
import { toCode } from './untrusted.ts';

export type ModelSpending = { model: string; calls: number; input: number; output: number; usd: number };

/** What every model was asked, said and cost, the dearest first; calls that failed count with what they cost. */
export function listSpending(events: Iterable<LoggedEvent>): ModelSpending[] {
  const byModel = new Map<string, ModelSpending>();
  for (const event of events) {
    const isAnswer = isOfType(event, 'AI.RESPONSE.RECEIVED');
    if (!isAnswer && !isOfType(event, 'AI.REQUEST.FAILED')) continue;
    const { provider, model } = event.tags;
    const name = [provider, model].filter((part) => part).join(' ') || 'unknown';
    const row = byModel.get(name) ?? { model: name, calls: 0, input: 0, output: 0, usd: 0 };
    const usage = isAnswer ? event.data.usage : undefined;
    byModel.set(name, {
      model: name,
      calls: row.calls + 1,
      input: row.input + (usage ? usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens : 0),
      output: row.output + (usage?.outputTokens ?? 0),
      usd: row.usd + event.data.costUsd,
    });
  }
  return [...byModel.values()].sort((a, b) => b.usd - a.usd);
}

/** The same as a table; empty before the first call. */
export function renderSpending(events: Iterable<LoggedEvent>): string {
  const rows = listSpending(events).map(({ model, calls, input, output, usd }) =>
    tableRow([toCode(model), String(calls), formatTokens(input), formatTokens(output), formatUsd(usd)]),
  );
  if (rows.length === 0) return '';
  const head = tableRow(['Model', 'Calls', 'Tokens in', 'Tokens out', 'Cost']);
  return [head, '|---|--:|--:|--:|--:|', ...rows].join('\n');
}

function formatTokens(tokens: number): string {
  return tokens < 10_000 ? String(tokens) : `${Math.round(tokens / 1000)} k`;
}
