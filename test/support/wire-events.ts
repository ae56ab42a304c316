import type { ScriptedAnswer } from './scripted-provider.ts';

/** One server-sent event; `raw` lines go out as they are. */
export type WireEvent = { event?: string; data: unknown } | { raw: string };

export type WireAnswer = ScriptedAnswer & {
  /** Anthropic: a thinking block before the answer. Chat: the text of `reasoning_content`. */
  thinking?: { thinking: string; signature: string };
  /** The vendor's own word, where the test is about it. */
  vendorStopReason?: string;
};

const anthropicStops: Record<string, string> = {
  end: 'end_turn',
  'tool-calls': 'tool_use',
  length: 'max_tokens',
  refusal: 'refusal',
  paused: 'pause_turn',
  context: 'model_context_window_exceeded',
};

const chatStops: Record<string, string> = {
  end: 'stop',
  'tool-calls': 'tool_calls',
  length: 'length',
  refusal: 'content_filter',
};

/** The events of an answer as api.anthropic.com sends them, pings included. */
export function toAnthropicEvents(answer: WireAnswer, model: string): WireEvent[] {
  const { text, toolCalls = [], thinking, usage = {} } = answer;
  const blocks: { start: object; deltas: object[] }[] = [];
  if (thinking) {
    blocks.push({
      start: { type: 'thinking', thinking: '', signature: '' },
      deltas: [
        ...pieces(thinking.thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
        { type: 'signature_delta', signature: thinking.signature },
      ],
    });
  }
  if (text)
    blocks.push({
      start: { type: 'text', text: '' },
      deltas: pieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
    });
  toolCalls.forEach(({ id, name, input }, index) => {
    blocks.push({
      start: { type: 'tool_use', id: id ?? `toolu_${index + 1}`, name, input: {} },
      deltas: pieces(JSON.stringify(input)).map((piece) => ({
        type: 'input_json_delta',
        partial_json: piece,
      })),
    });
  });
  const startUsage = {
    input_tokens: usage.inputTokens ?? 10,
    cache_creation_input_tokens: usage.cacheWriteTokens ?? 0,
    cache_read_input_tokens: usage.cacheReadTokens ?? 0,
    output_tokens: 1,
  };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    usage: startUsage,
  };
  const stop = answer.vendorStopReason ?? anthropicStops[stopOf(answer)];
  return [
    event('message_start', { message }),
    { event: 'ping', data: { type: 'ping' } },
    ...blocks.flatMap(({ start, deltas }, index) => [
      event('content_block_start', { index, content_block: start }),
      ...deltas.map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    ]),
    event('message_delta', {
      delta: { stop_reason: stop, stop_sequence: null },
      usage: { output_tokens: usage.outputTokens ?? 5 },
    }),
    event('message_stop', {}),
  ];
}

/** The chunks of an answer as api.openai.com sends them; usage only where it was asked for. */
export function toChatEvents(answer: WireAnswer, model: string, includeUsage: boolean): WireEvent[] {
  const { text, toolCalls = [], thinking, usage = {}, costUsd } = answer;
  const chunk = (choices: object[], more: object = {}): WireEvent => ({
    data: { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices, ...more },
  });
  const delta = (content: object) => chunk([{ index: 0, delta: content, finish_reason: null }]);
  const cached = usage.cacheReadTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  const prompt = (usage.inputTokens ?? 10) + cached + written;
  const output = usage.outputTokens ?? 5;
  const counted = {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    ...(costUsd === undefined ? {} : { cost: costUsd }),
  };
  return [
    delta({ role: 'assistant', content: '' }),
    { raw: ': PROCESSING\n\n' },
    ...pieces(thinking?.thinking ?? '').map((piece) => delta({ reasoning_content: piece })),
    ...pieces(text ?? '').map((piece) => delta({ content: piece })),
    ...toolCalls.flatMap(({ id, name, input }, index) => [
      delta({
        tool_calls: [
          { index, id: id ?? `call_${index + 1}`, type: 'function', function: { name, arguments: '' } },
        ],
      }),
      ...pieces(JSON.stringify(input)).map((piece) =>
        delta({ tool_calls: [{ index, function: { arguments: piece } }] }),
      ),
    ]),
    chunk([{ index: 0, delta: {}, finish_reason: answer.vendorStopReason ?? chatStops[stopOf(answer)] }]),
    ...(includeUsage ? [chunk([], { usage: counted })] : []),
    { raw: 'data: [DONE]\n\n' },
  ];
}

export function writeEvent(item: WireEvent): string {
  if ('raw' in item) return item.raw;
  return `${item.event ? `event: ${item.event}\n` : ''}data: ${JSON.stringify(item.data)}\n\n`;
}

function event(type: string, fields: object): WireEvent {
  return { event: type, data: { type, ...fields } };
}

function stopOf({ stopReason, toolCalls = [] }: WireAnswer): string {
  return stopReason ?? (toolCalls.length > 0 ? 'tool-calls' : 'end');
}

function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,7}/g) ?? [];
}
