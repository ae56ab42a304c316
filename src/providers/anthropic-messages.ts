import type { ContentBlock, Message } from '@anthropic-ai/sdk/resources/messages';
import type {
  ChatResponse,
  ContentPart,
  ModelLimits,
  Provider,
  StopReason,
  TokenUsage,
} from '../ports/provider.ts';
import { toAnthropicRequest } from './anthropic-request.ts';
import { estimateTokens } from './message-parts.ts';
import { defaultTimes } from './stream-guard.ts';
import { type WireOptions, watchCall } from './watch-call.ts';

const stopReasons: Readonly<Record<string, StopReason>> = {
  end_turn: 'end',
  stop_sequence: 'end',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  refusal: 'refusal',
  pause_turn: 'paused',
  model_context_window_exceeded: 'context',
};

/**
 * Anthropic's Messages API through its SDK, at any endpoint that speaks it. The SDK's own retries, log, telemetry and
 * reading of keys and addresses from the environment are off (ANTHROPIC_CUSTOM_HEADERS it always reads). A refusal is an answer, not an error: it is billed.
 */
export async function createAnthropicMessages(
  options: WireOptions & { limits: ModelLimits },
): Promise<Provider> {
  const { Anthropic } = await import('@anthropic-ai/sdk');
  const {
    name,
    vendor,
    model,
    baseUrl,
    apiKey,
    tokens,
    limits,
    times = defaultTimes,
    now = () => new Date(),
  } = options;
  return {
    name,
    vendor,
    model,
    limits: () => limits,
    async chat(request, { signal, onText } = {}) {
      const token = await tokens?.get();
      const body = toAnthropicRequest(request);
      let partial: Message | undefined;
      return await watchCall({ name, apiKey: token ?? apiKey, times, now }, signal, {
        async run(guard) {
          // A client for each call, because its fetch carries the clocks of this call.
          const client = new Anthropic({
            // A token is sent with the header that such tokens need.
            ...(token
              ? { credentials: () => Promise.resolve({ token, expiresAt: null }) }
              : { apiKey: apiKey ?? 'none' }),
            baseURL: baseUrl,
            webhookKey: null,
            maxRetries: 0,
            timeout: times.wall,
            fetch: guard.fetch,
            logLevel: 'off',
            openTelemetry: false,
          });
          const stream = client.messages.stream(body, { signal: guard.signal });
          stream.on('streamEvent', (_, snapshot) => {
            partial = snapshot;
          });
          if (onText) stream.on('text', onText);
          return toResponse(await stream.finalMessage(), stream.request_id ?? undefined);
        },
        findUsage: () => partial && toPartialUsage(partial),
      });
    },
  };
}

/** Throws where the stream ended without saying why: then it was cut. */
function toResponse(message: Message, requestId: string | undefined): ChatResponse {
  if (!message.stop_reason) throw new Error('the stream ended before the answer did');
  return {
    model: message.model,
    message: { role: 'assistant', parts: message.content.flatMap((block) => toPart(block) ?? []) },
    stopReason: stopReasons[message.stop_reason] ?? 'end',
    usage: toUsage(message),
    ...(requestId ? { requestId } : {}),
  };
}

function toPart(block: ContentBlock): ContentPart | undefined {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'tool_use':
      return { type: 'tool-call', id: block.id, name: block.name, input: block.input };
    case 'thinking':
    case 'redacted_thinking':
      return { type: 'reasoning', opaque: block };
    default:
      // Blocks of the vendor's own server tools: we never ask for them.
      return undefined;
  }
}

function toUsage({ usage }: Message): TokenUsage {
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
  };
}

/** The input is known from the first event; the output is counted at the end only, so it is estimated. */
function toPartialUsage(message: Message): TokenUsage {
  const usage = toUsage(message);
  const outputTokens = Math.max(usage.outputTokens, estimateTokens(JSON.stringify(message.content)));
  return { ...usage, outputTokens };
}
