import type { ProviderConfig } from '../core/config/schema.ts';
import { type VendorId, vendors } from '../core/config/vendors.ts';
import type { ChatQuirks } from './openai-request.ts';
import { type CallTimes, defaultTimes } from './stream-guard.ts';

export type Wire = 'anthropic-messages' | 'openai-chat' | 'recorded';

export type VendorRow = {
  wire: Wire;
  /** Runs on a machine of one's own: no price, no key unless one is configured. */
  free: boolean;
  times: CallTimes;
  /** Other variables people keep this vendor's key in; asked after the vendor's own. */
  keyAliases?: readonly string[];
  /** What differs from `usualChat`. */
  quirks: Partial<ChatQuirks>;
};

/** Chat Completions as most servers take it. */
export const usualChat: ChatQuirks = {
  maxTokensField: 'max_tokens',
  systemRole: 'system',
  temperature: true,
  streamUsage: true,
  reasoningField: null,
  headers: {},
  body: {},
  bodyWithTools: null,
};

/**
 * A model on a machine of one's own reads a long prompt for minutes before its first word. After five minutes of silence
 * Node's own fetch gives up (undici: headersTimeout, bodyTimeout).
 */
const patientTimes: CallTimes = { idle: 300_000, wall: 3_600_000 };

const local = {
  wire: 'openai-chat',
  free: true,
  times: patientTimes,
  quirks: { reasoningField: null },
} as const satisfies VendorRow;

/**
 * What `core/config/vendors.ts` does not say about a vendor, one row each: its wire and its quirks. Sources: apis.md
 * A1 to A10; for the two that cost a turn when wrong also openai/openai-openapi#541 and BerriAI/litellm#34569 (tools
 * with reasoning are refused on this endpoint from gpt-5.4 on, and from 5.6 on unless reasoning is "none").
 */
export const vendorRows = {
  anthropic: { wire: 'anthropic-messages', free: false, times: defaultTimes, quirks: {} },
  openai: {
    wire: 'openai-chat',
    free: false,
    times: defaultTimes,
    quirks: {
      maxTokensField: 'max_completion_tokens',
      systemRole: 'developer',
      temperature: false,
      bodyWithTools: { models: /^gpt-(?:5\.[4-9]|[6-9]|\d{2})/, body: { reasoning_effort: 'none' } },
    },
  },
  openrouter: {
    wire: 'openai-chat',
    free: false,
    times: defaultTimes,
    quirks: {
      reasoningField: 'reasoning_details',
      headers: { 'X-Title': 'Tamma' },
      // Makes the cost in US dollars part of the usage.
      body: { usage: { include: true } },
    },
  },
  gemini: {
    wire: 'openai-chat',
    free: false,
    times: defaultTimes,
    keyAliases: ['GOOGLE_API_KEY'],
    quirks: {},
  },
  zai: {
    wire: 'openai-chat',
    free: false,
    times: defaultTimes,
    keyAliases: ['ZHIPU_API_KEY'],
    quirks: { reasoningField: 'reasoning_content' },
  },
  ollama: local,
  'lm-studio': local,
  vllm: local,
  'openai-compatible': { wire: 'openai-chat', free: false, times: patientTimes, quirks: {} },
  recorded: { wire: 'recorded', free: true, times: defaultTimes, quirks: {} },
} as const satisfies Record<VendorId, VendorRow>;

/** Vendors of the product documents that this version cannot use, so that nobody has to guess why. */
export const unavailableVendors = [
  {
    vendor: 'github-copilot',
    reason: 'an agent runtime of 113 MB that is installed at run time, not a chat endpoint; not built yet',
  },
  {
    vendor: 'opencode',
    reason: 'an agent with a tool loop of its own, which would bypass ours; not built yet',
  },
  {
    vendor: 'zen-mcp',
    reason:
      'needs model keys of its own and reports neither tools nor usage, so no budget can be kept; not built yet',
  },
] as const satisfies readonly { vendor: string; reason: string }[];

export function getVendorRow(vendor: VendorId): VendorRow {
  return vendorRows[vendor];
}

export function getQuirks(vendor: VendorId): ChatQuirks {
  return { ...usualChat, ...vendorRows[vendor].quirks };
}

/** The row of a vendor that is used by its name alone. */
export function toImpliedEntry(vendor: VendorId): ProviderConfig {
  const { model, baseUrl, apiKeyEnv } = vendors[vendor];
  return { vendor, model: model ?? '', baseUrl, apiKeyEnv, priority: 100 };
}
