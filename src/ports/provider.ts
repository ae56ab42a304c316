/** Plain JSON Schema 2020-12 of a tool's input. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type ToolSpec = { name: string; description: string; inputSchema: JsonSchema };

export type ContentPart =
  | { type: 'text'; text: string }
  /** Signed or encrypted reasoning: sent back unchanged, never shown, never logged. */
  | { type: 'reasoning'; opaque: unknown }
  | { type: 'tool-call'; id: string; name: string; input: unknown }
  | { type: 'tool-result'; id: string; content: string; isError: boolean };

export type Message = { role: 'user' | 'assistant'; parts: readonly ContentPart[] };

export type ChatRequest = {
  model: string;
  system: string;
  messages: readonly Message[];
  tools: readonly ToolSpec[];
  maxOutputTokens: number;
  /** Advisory: dropped where the vendor does not take it. */
  temperature?: number;
};

export type TokenUsage = {
  /** Tokens read at the full price: without those read from or written to the cache. */
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
};

export type StopReason = 'end' | 'tool-calls' | 'length' | 'refusal' | 'context' | 'paused';

export type ChatResponse = {
  /** The model that answered, as the vendor names it. */
  model: string;
  message: Message;
  stopReason: StopReason;
  usage: TokenUsage;
  /** What the vendor says it cost, where it says so. */
  costUsd?: number;
  requestId?: string;
};

export type CallOptions = {
  /** Aborting throws the signal's reason. */
  signal?: AbortSignal;
  /** The answer as it comes. A provider that tries again starts over: the text may begin anew. */
  onText?: (delta: string) => void;
  /** Which call of which task this is; recordings keep it, vendors never see it. */
  label?: { task: string; turn: number };
  /** A provider that tries again reports here each try that failed, but not the last one: that one it throws. */
  onFailedTry?: (error: Error) => void;
};

/** US dollars per million tokens. */
export type Rates = { input: number; output: number; cacheRead: number; cacheWrite: number };

export type Price = Rates & {
  asOf: string;
  source: string;
  /** Dearer rates for long prompts: they hold for the whole call once its input is longer. Ascending. */
  tiers?: readonly (Rates & { aboveInputTokens: number })[];
};

export type ModelLimits = { contextTokens: number; maxOutputTokens: number; price: Price | undefined };

/**
 * A model behind a vendor's wire. `chat` streams and answers with the whole message. Throws the PROVIDER_* errors of
 * the catalogue, with `retryAfterMs` where the server said how long to wait. One call is one request: retries are the
 * caller's (`providers/retrying`).
 */
export interface Provider {
  /** The name under `providers` in the configuration. */
  readonly name: string;
  readonly vendor: string;
  readonly model: string;
  limits(): ModelLimits;
  chat(request: ChatRequest, options?: CallOptions): Promise<ChatResponse>;
}
