type Body = Record<string, unknown>;
type Block = {
  type: string;
  id?: string;
  tool_use_id?: string;
  text?: string;
  input?: unknown;
  cache_control?: unknown;
};

/** What api.anthropic.com would refuse a request for; undefined where nothing. */
export function findAnthropicFault(body: Body, headers: Record<string, unknown>): string | undefined {
  const faults: [boolean, string][] = [
    [!/^Bearer .+/.test(String(headers.authorization)), 'authorization: bearer token is required'],
    [!headers['anthropic-version'], 'anthropic-version: header is required'],
    [typeof body.model !== 'string', 'model: Field required'],
    [!Number.isInteger(body.max_tokens) || Number(body.max_tokens) < 1, 'max_tokens: Field required'],
    ['temperature' in body || 'top_p' in body || 'top_k' in body, 'sampling parameters are not supported'],
    [
      /any|tool/.test(String((body.tool_choice as Body | undefined)?.type)),
      'tool_choice: forced tool use is not supported',
    ],
    [countCacheMarks(body) > 4, 'A maximum of 4 blocks with cache_control may be provided'],
    [
      toList(body.tools).some((tool) => (tool.input_schema as Body).type !== 'object'),
      'tools: input_schema.type must be object',
    ],
  ];
  return faults.find(([holds]) => holds)?.[1] ?? findAnthropicMessageFault(toList(body.messages));
}

function findAnthropicMessageFault(messages: Body[]): string | undefined {
  if (messages[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  for (const [index, message] of messages.entries()) {
    const content = toList(message.content) as Block[];
    const place = `messages.${index}`;
    if (index > 0 && messages[index - 1]?.role === message.role) return `${place}: roles must alternate`;
    if (content.length === 0) return `${place}: content must not be empty`;
    if (content.some(({ type, text }) => type === 'text' && !text?.trim()))
      return `${place}: text content blocks must be non-empty`;
    if (content.some(({ type, input }) => type === 'tool_use' && !isObject(input)))
      return `${place}: tool_use.input must be an object`;
    const asked = (toList(messages[index - 1]?.content) as Block[]).flatMap(({ type, id }) =>
      type === 'tool_use' ? [id] : [],
    );
    const answered = content.flatMap(({ type, tool_use_id }) =>
      type === 'tool_result' ? [tool_use_id] : [],
    );
    const missing = asked.find((id) => !answered.includes(id));
    const unasked = answered.find((id) => !asked.includes(id));
    if (missing)
      return `${place}: tool_use ids were found without tool_result blocks immediately after: ${missing}`;
    if (unasked) return `${place}: unexpected tool_use_id found in tool_result blocks: ${unasked}`;
    const isLate = content.slice(0, answered.length).some(({ type }) => type !== 'tool_result');
    if (isLate) return `${place}: tool_result blocks must come first`;
  }
  const last = toList(messages.at(-1)?.content) as Block[];
  return last.some(({ type }) => type === 'tool_use') ? 'the last tool_use has no tool_result' : undefined;
}

/** What api.openai.com would refuse a request for; undefined where nothing. */
export function findChatFault(body: Body): string | undefined {
  const messages = toList(body.messages);
  const limit = body.max_completion_tokens ?? body.max_tokens;
  if (typeof body.model !== 'string') return 'you must provide a model parameter';
  if (messages.length === 0) return 'messages: array too short';
  if (!Number.isInteger(limit) || Number(limit) < 1) return 'max_tokens is missing';
  if (body.max_completion_tokens !== undefined && body.max_tokens !== undefined)
    return 'both limits were given';
  if (body.stream !== true) return 'stream must be true';
  for (const [index, message] of messages.entries()) {
    const fault = findChatMessageFault(messages, index, message);
    if (fault) return `messages[${index}]: ${fault}`;
  }
  return undefined;
}

function findChatMessageFault(messages: Body[], index: number, message: Body): string | undefined {
  const calls = toList(message.tool_calls) as { id: string; function: { arguments: string } }[];
  if (!/^(system|developer|user|assistant|tool)$/.test(String(message.role))) return 'invalid role';
  if (message.role !== 'assistant' && typeof message.content !== 'string') return 'content is missing';
  if (message.role === 'assistant' && !message.content && calls.length === 0)
    return 'content or tool_calls is missing';
  if (calls.some((call) => !isObject(JSON.parse(call.function.arguments))))
    return 'arguments must be an object';
  const answers = messages.slice(index + 1, index + 1 + calls.length);
  const missing = calls.find(
    ({ id }) => !answers.some((answer) => answer.role === 'tool' && answer.tool_call_id === id),
  );
  if (missing) return `tool_call_ids did not have response messages: ${missing.id}`;
  const isOrphan =
    message.role === 'tool' &&
    !messages.some((earlier) =>
      (toList(earlier.tool_calls) as { id: string }[]).some(({ id }) => id === message.tool_call_id),
    );
  return isOrphan ? 'a tool message must follow its tool_calls' : undefined;
}

function countCacheMarks(body: Body): number {
  return JSON.stringify(body).match(/"cache_control":\{/g)?.length ?? 0;
}

function toList(value: unknown): Body[] {
  return Array.isArray(value) ? (value as Body[]) : [];
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
