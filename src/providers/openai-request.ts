import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
} from 'openai/resources/chat/completions';
import type { ChatRequest, ContentPart, Message } from '../ports/provider.ts';
import { arrangeParts, toToolInput } from './message-parts.ts';

/** Where servers that speak Chat Completions differ. All of it is data: a vendor is a row, not code. */
export type ChatQuirks = {
  maxTokensField: 'max_tokens' | 'max_completion_tokens';
  systemRole: 'system' | 'developer';
  /** Reasoning models of OpenAI refuse a temperature. */
  temperature: boolean;
  /** Whether `stream_options.include_usage` is understood. */
  streamUsage: boolean;
  /** The field of a message that carries its reasoning and wants it back unchanged. */
  reasoningField: 'reasoning_content' | 'reasoning_details' | null;
  headers: Readonly<Record<string, string>>;
  /** Added to every request. */
  body: Readonly<Record<string, unknown>>;
  /** Added to requests with tools, for the models that match. */
  bodyWithTools: { models: RegExp; body: Readonly<Record<string, unknown>> } | null;
};

/** Kept in `reasoning` parts: what goes back with an assistant message as it came. */
export type ChatReasoning =
  | { wire: 'openai-chat'; field: string; value: unknown }
  /** Gemini signs its tool calls and refuses the next turn without the signature. */
  | { wire: 'openai-chat'; toolCallId: string; extraContent: unknown };

/** Our request as Chat Completions takes it, streamed, with usage in the last chunk where the server can. */
export function toChatRequest(request: ChatRequest, quirks: ChatQuirks): ChatCompletionCreateParamsStreaming {
  const { model, tools, temperature, maxOutputTokens } = request;
  const functions = tools.map(({ name, description, inputSchema }) => ({
    type: 'function' as const,
    function: { name, description, parameters: { ...inputSchema } },
  }));
  const extra = tools.length > 0 && quirks.bodyWithTools?.models.test(model) ? quirks.bodyWithTools.body : {};
  return {
    model,
    stream: true,
    messages: [...toSystem(request, quirks), ...request.messages.flatMap((message) => toMessages(message))],
    [quirks.maxTokensField]: maxOutputTokens,
    ...(functions.length > 0 ? { tools: functions } : {}),
    ...(quirks.streamUsage ? { stream_options: { include_usage: true } } : {}),
    ...(quirks.temperature && temperature !== undefined ? { temperature } : {}),
    ...quirks.body,
    ...extra,
  };
}

function toSystem({ system }: ChatRequest, { systemRole }: ChatQuirks): ChatCompletionMessageParam[] {
  return system ? [{ role: systemRole, content: system }] : [];
}

/** One of our messages may be several of theirs: every tool result is a message of its own. */
function toMessages(message: Message): ChatCompletionMessageParam[] {
  const parts = arrangeParts(message);
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');
  if (message.role === 'assistant') return toAssistant(parts, text);
  const results = parts.flatMap((part) =>
    part.type === 'tool-result'
      ? [{ role: 'tool' as const, tool_call_id: part.id, content: describeResult(part) }]
      : [],
  );
  return [...results, ...(text ? [{ role: 'user' as const, content: text }] : [])];
}

/** The wire has no place for "this failed". */
function describeResult(part: Extract<ContentPart, { type: 'tool-result' }>): string {
  return part.isError ? `Error: ${part.content}` : part.content;
}

function toAssistant(parts: readonly ContentPart[], text: string): ChatCompletionMessageParam[] {
  const kept = parts.flatMap((part) => (isChatReasoning(part) ? [part.opaque] : []));
  const calls = parts.flatMap((part) => (part.type === 'tool-call' ? [toToolCall(part, kept)] : []));
  if (!text && calls.length === 0) return [];
  const fields = kept.flatMap((item) => ('field' in item ? [[item.field, item.value]] : []));
  return [
    {
      role: 'assistant',
      content: text || null,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      ...Object.fromEntries(fields),
    },
  ];
}

function toToolCall(
  call: Extract<ContentPart, { type: 'tool-call' }>,
  kept: readonly ChatReasoning[],
): ChatCompletionMessageToolCall {
  const signed = kept.find((item) => 'toolCallId' in item && item.toolCallId === call.id);
  return {
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(toToolInput(call.input)) },
    ...(signed && 'extraContent' in signed ? { extra_content: signed.extraContent } : {}),
  };
}

function isChatReasoning(part: ContentPart): part is { type: 'reasoning'; opaque: ChatReasoning } {
  return part.type === 'reasoning' && (part.opaque as { wire?: unknown } | null)?.wire === 'openai-chat';
}
