import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { ChatResponse, ContentPart, StopReason, TokenUsage } from '../ports/provider.ts';
import { estimateUsage } from './message-parts.ts';
import type { ChatQuirks, ChatReasoning } from './openai-request.ts';

type ToolCallDraft = { id: string; name: string; arguments: string; extraContent: unknown };

/** An answer as far as it has come. Changed in place by `addChunk`, and only there. */
export type ChatDraft = {
  model: string;
  text: string;
  refusal: string;
  reasoning: string;
  reasoningDetails: unknown[];
  calls: ToolCallDraft[];
  finishReason: string | undefined;
  usage: ChunkUsage | undefined;
};

/** `cost` is OpenRouter's, in US dollars. */
type ChunkUsage = NonNullable<ChatCompletionChunk['usage']> & { cost?: number };
type Delta = ChatCompletionChunk.Choice.Delta & {
  reasoning_content?: string | null;
  reasoning_details?: unknown[] | null;
};
type CallDelta = ChatCompletionChunk.Choice.Delta.ToolCall & { extra_content?: unknown };

const stopReasons: Readonly<Record<string, StopReason>> = {
  stop: 'end',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  length: 'length',
  content_filter: 'refusal',
  // z.ai
  sensitive: 'refusal',
  model_context_window_exceeded: 'context',
};

/** Reasons that say the server itself broke off (z.ai, OpenRouter). */
const BROKEN = new Set(['network_error', 'error']);

export function createChatDraft(model: string): ChatDraft {
  return {
    model,
    text: '',
    refusal: '',
    reasoning: '',
    reasoningDetails: [],
    calls: [],
    finishReason: undefined,
    usage: undefined,
  };
}

/** Takes in one chunk; the last usage and the last finish reason win. Local servers leave out fields the types promise. */
export function addChunk(
  draft: ChatDraft,
  chunk: ChatCompletionChunk,
  onText?: (delta: string) => void,
): void {
  draft.model = chunk.model || draft.model;
  draft.usage = chunk.usage ?? draft.usage;
  const choice = chunk.choices?.[0];
  if (!choice) return;
  draft.finishReason = choice.finish_reason ?? draft.finishReason;
  const delta: Delta = choice.delta ?? {};
  draft.refusal += delta.refusal ?? '';
  draft.reasoning += delta.reasoning_content ?? '';
  draft.reasoningDetails.push(...(delta.reasoning_details ?? []));
  for (const call of delta.tool_calls ?? []) addCall(draft.calls, call);
  if (!delta.content) return;
  draft.text += delta.content;
  onText?.(delta.content);
}

/** A piece without a new id continues the call of its index; Gemini gives every call the index 0 but an id of its own. */
function addCall(calls: ToolCallDraft[], delta: CallDelta): void {
  const index = delta.index ?? calls.length - 1;
  const open = calls[index] ?? calls.at(-1);
  const continues = open && calls.length > index && (!delta.id || delta.id === open.id);
  const call = continues ? open : { id: delta.id ?? '', name: '', arguments: '', extraContent: undefined };
  if (!continues) calls.push(call);
  call.name ||= delta.function?.name ?? '';
  call.arguments += delta.function?.arguments ?? '';
  call.extraContent ??= delta.extra_content;
}

/** The answer, once the stream has ended. Throws where it ended without a finish reason: then it was cut. */
export function finishChat(
  draft: ChatDraft,
  request: { messages: readonly unknown[] },
  quirks: ChatQuirks,
): ChatResponse {
  const { finishReason } = draft;
  if (!finishReason) throw new Error('the stream ended before the answer did');
  if (BROKEN.has(finishReason)) throw new Error(`the server broke off: ${finishReason}`);
  const calls = draft.calls.map((call, index) => ({
    ...call,
    id: call.id || `call_${request.messages.length}_${index}`,
  }));
  const texts = [draft.text, draft.refusal].filter((text) => text !== '');
  const parts: ContentPart[] = [
    ...toReasoning(draft, calls, quirks),
    ...texts.map((text) => ({ type: 'text' as const, text })),
    ...calls.map(({ id, name, arguments: text }) => ({
      type: 'tool-call' as const,
      id,
      name,
      input: parseInput(text),
    })),
  ];
  const cost = draft.usage?.cost;
  return {
    model: draft.model,
    message: { role: 'assistant', parts },
    stopReason: toStopReason(draft, finishReason),
    usage: draft.usage ? toUsage(draft.usage) : estimateUsage(request, describeDraft(draft)),
    ...(cost === undefined ? {} : { costUsd: cost }),
  };
}

/** Everything that came, for counting only. */
export function describeDraft({ text, refusal, reasoning, reasoningDetails, calls }: ChatDraft): string {
  return text + refusal + reasoning + JSON.stringify(reasoningDetails) + JSON.stringify(calls);
}

function toReasoning(
  draft: ChatDraft,
  calls: readonly ToolCallDraft[],
  { reasoningField }: ChatQuirks,
): ContentPart[] {
  const value = reasoningField === 'reasoning_details' ? draft.reasoningDetails : draft.reasoning;
  const kept: ChatReasoning[] =
    reasoningField && value.length > 0 ? [{ wire: 'openai-chat', field: reasoningField, value }] : [];
  for (const { id, extraContent } of calls) {
    if (extraContent !== undefined) kept.push({ wire: 'openai-chat', toolCallId: id, extraContent });
  }
  return kept.map((opaque) => ({ type: 'reasoning', opaque }));
}

/** Arguments that are no JSON stay the text they are: the tool will say so to the model. */
function parseInput(text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return text;
  }
}

/** Several servers end a turn with tool calls by "stop". */
function toStopReason({ calls, refusal }: ChatDraft, finishReason: string): StopReason {
  const reason = stopReasons[finishReason] ?? 'end';
  if (refusal && reason === 'end') return 'refusal';
  return calls.length > 0 && reason === 'end' ? 'tool-calls' : reason;
}

/** `prompt_tokens` includes what came from and went to the cache; ours does not. */
function toUsage(usage: ChunkUsage): TokenUsage {
  const cacheReadTokens = usage.prompt_tokens_details?.cached_tokens ?? 0;
  const cacheWriteTokens = usage.prompt_tokens_details?.cache_write_tokens ?? 0;
  return {
    inputTokens: Math.max((usage.prompt_tokens ?? 0) - cacheReadTokens - cacheWriteTokens, 0),
    outputTokens: usage.completion_tokens ?? 0,
    cacheReadTokens,
    cacheWriteTokens,
  };
}
