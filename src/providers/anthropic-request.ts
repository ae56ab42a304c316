import type {
  ContentBlockParam,
  MessageParam,
  MessageStreamParams,
  Tool,
} from '@anthropic-ai/sdk/resources/messages/messages';
import type { ChatRequest, ContentPart, Message } from '../ports/provider.ts';
import { arrangeParts, toToolInput } from './message-parts.ts';

const CACHED = { cache_control: { type: 'ephemeral' } } as const;

/**
 * Our request as Anthropic's Messages API takes it. Cache breakpoints stand where the prefix is the same in the next
 * turn: after the tools, after the system text, after the newest message. `tool_choice` is left to the model, because
 * the newest ones refuse a forced tool; sampling parameters are gone from the API (apis.md section 0, point 5).
 */
export function toAnthropicRequest(request: ChatRequest): MessageStreamParams {
  const tools = toTools(request);
  return {
    model: request.model,
    max_tokens: request.maxOutputTokens,
    messages: toMessages(request.messages),
    ...(request.system ? { system: [{ type: 'text', text: request.system, ...CACHED }] } : {}),
    ...(tools.length > 0 ? { tools } : {}),
  };
}

function toTools({ tools }: ChatRequest): Tool[] {
  return tools.map(({ name, description, inputSchema }, index) => ({
    name,
    description,
    input_schema: { ...inputSchema, type: 'object' },
    ...(index === tools.length - 1 ? CACHED : {}),
  }));
}

function toMessages(messages: readonly Message[]): MessageParam[] {
  const newest = messages.findLastIndex(({ role }) => role === 'user');
  return messages
    .map((message, index) => ({ role: message.role, content: toContent(message, index === newest) }))
    .filter(({ content }) => content.length > 0);
}

function toContent(message: Message, isNewest: boolean): ContentBlockParam[] {
  const blocks = arrangeParts(message).flatMap((part) => toBlock(part) ?? []);
  const last = blocks.at(-1);
  if (!isNewest || !last || !('type' in last)) return blocks;
  return [...blocks.slice(0, -1), { ...last, ...CACHED } as ContentBlockParam];
}

function toBlock(part: ContentPart): ContentBlockParam | undefined {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'tool-call':
      return { type: 'tool_use', id: part.id, name: part.name, input: toToolInput(part.input) };
    case 'tool-result':
      return {
        type: 'tool_result',
        tool_use_id: part.id,
        ...(part.content ? { content: part.content } : {}),
        ...(part.isError ? { is_error: true } : {}),
      };
    case 'reasoning':
      return isThinking(part.opaque) ? part.opaque : undefined;
  }
}

/** Signed by the vendor: goes back as it came, or (from another wire) not at all. */
function isThinking(
  opaque: unknown,
): opaque is Extract<ContentBlockParam, { type: 'thinking' | 'redacted_thinking' }> {
  const type = (opaque as { type?: unknown } | null)?.type;
  return type === 'thinking' || type === 'redacted_thinking';
}
