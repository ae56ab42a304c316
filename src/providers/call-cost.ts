import { TammaError } from '../core/errors.ts';
import type { Price, TokenUsage } from '../ports/provider.ts';
import { estimateTokens } from './message-parts.ts';
import { costOf } from './prices.ts';

const none: TokenUsage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

/**
 * The most a call can cost, in US dollars: the whole request written to the cache, where that is the dearer way to read
 * it, and the longest answer. `inputUsd` is the part that is due even if no answer comes.
 */
export function estimateWorstCase(
  requestText: string,
  price: Price,
  maxOutputTokens: number,
): { inputUsd: number; wholeUsd: number } {
  const tokens = estimateTokens(requestText);
  const input = price.cacheWrite > price.input ? { cacheWriteTokens: tokens } : { inputTokens: tokens };
  return {
    inputUsd: costOf({ ...none, ...input }, price),
    wholeUsd: costOf({ ...none, ...input, outputTokens: maxOutputTokens }, price),
  };
}

/** What a failed try costs all the same: an answer that had begun, or a call we hung up on. Refused requests are free. */
export function billedUsd(error: unknown, price: Price, worstInputUsd: number): number {
  if (!(error instanceof TammaError)) return worstInputUsd;
  const usage = error.details.usage as TokenUsage | undefined;
  if (usage) return costOf(usage, price);
  return error.code === 'PROVIDER_STREAM_BROKEN' ? worstInputUsd : 0;
}
