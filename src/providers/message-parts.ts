import type { ContentPart, Message, TokenUsage } from '../ports/provider.ts';

/** What both wires ask of a message: tool results first, because they answer the turn before, and no empty texts. */
export function arrangeParts(message: Message): ContentPart[] {
  const parts = message.parts.filter((part) => part.type !== 'text' || part.text.trim() !== '');
  const isResult = (part: ContentPart) => part.type === 'tool-result';
  return [...parts.filter(isResult), ...parts.filter((part) => !isResult(part))];
}

/** Vendors take only an object back, also where the model's arguments were none (a string that is not JSON). */
export function toToolInput(input: unknown): Record<string, unknown> {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return isObject ? (input as Record<string, unknown>) : { invalid: input };
}

/** Source code has three to four bytes a token with the tokenizers in use; the lower figure errs on the dear side. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}

/** What a call comes to where nobody counted: the request as it was sent, the answer as far as it came. */
export function estimateUsage(request: unknown, answer: string): TokenUsage {
  return {
    inputTokens: estimateTokens(JSON.stringify(request)),
    outputTokens: estimateTokens(answer),
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  };
}
