/**
 * What a provider entry may leave out, per vendor: one row each. `baseUrl` null: nothing is called. `model` null: there is no
 * sensible default, the entry must name one. `apiKeyEnv` null: no key is sent.
 * Base URLs and model names: apis.md A1 (Anthropic), A2 (OpenAI), A4 (Gemini, OpenAI-compatible endpoint), A6 (z.ai),
 * A8 (OpenRouter), A9 (local servers), as of 2026-11-20.
 */
export const vendors = {
  anthropic: {
    baseUrl: 'https://api.anthropic.com',
    baseUrlEnv: 'ANTHROPIC_BASE_URL',
    apiKeyEnv: 'ANTHROPIC_API_KEY',
    model: 'claude-opus-5-5',
  },
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    baseUrlEnv: 'OPENAI_BASE_URL',
    apiKeyEnv: 'OPENAI_API_KEY',
    model: 'gpt-6-sol',
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    baseUrlEnv: 'OPENROUTER_BASE_URL',
    apiKeyEnv: 'OPENROUTER_API_KEY',
    model: 'openrouter/auto',
  },
  gemini: {
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai/',
    baseUrlEnv: 'GEMINI_BASE_URL',
    apiKeyEnv: 'GEMINI_API_KEY',
    model: 'gemini-3.6-flash',
  },
  zai: {
    baseUrl: 'https://api.z.ai/api/paas/v4',
    baseUrlEnv: 'ZAI_BASE_URL',
    apiKeyEnv: 'ZAI_API_KEY',
    model: 'glm-5.3',
  },
  ollama: {
    baseUrl: 'http://localhost:11434/v1',
    baseUrlEnv: 'OLLAMA_BASE_URL',
    apiKeyEnv: null,
    model: null,
  },
  'lm-studio': {
    baseUrl: 'http://127.0.0.1:1234/v1',
    baseUrlEnv: 'LM_STUDIO_BASE_URL',
    apiKeyEnv: null,
    model: null,
  },
  vllm: { baseUrl: 'http://localhost:8000/v1', baseUrlEnv: 'VLLM_BASE_URL', apiKeyEnv: null, model: null },
  // Any address: a key of OpenAI's is sent there only when somebody says so.
  'openai-compatible': { baseUrl: null, baseUrlEnv: null, apiKeyEnv: null, model: null },
  recorded: { baseUrl: null, baseUrlEnv: null, apiKeyEnv: null, model: 'recorded' },
} as const satisfies Record<
  string,
  { baseUrl: string | null; baseUrlEnv: string | null; apiKeyEnv: string | null; model: string | null }
>;

export type VendorId = keyof typeof vendors;

export const vendorIds = Object.keys(vendors) as [VendorId, ...VendorId[]];

export function isVendorId(name: string): name is VendorId {
  return Object.hasOwn(vendors, name);
}
