import type { ModelLimits, Price, Rates, TokenUsage } from '../ports/provider.ts';

type ModelRow = Rates & {
  vendor: string;
  model: string;
  contextTokens: number;
  maxOutputTokens: number;
  tiers?: Price['tiers'];
  /** The prices hold until the end of this UTC day; a row below may say what comes then. */
  until?: string;
};

const AS_OF = '2026-09-23';
const SOURCE = 'genai-prices 0.1.8';

const K = 1000;
const M = 1_000_000;
const claude = { contextTokens: M, maxOutputTokens: 128 * K };
const opus5 = { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25, ...claude };
const gpt = { contextTokens: 1_050 * K, maxOutputTokens: 128 * K };
const gemini = { contextTokens: M, maxOutputTokens: 64 * K };
const glm = { contextTokens: M, maxOutputTokens: 128 * K };

/** OpenAI's rates for prompts above 272k tokens; cache reads cost 10 %, cache writes 125 % of the input. */
function longPrompts(input: number, output: number): Price['tiers'] {
  return [{ aboveInputTokens: 272 * K, ...fromInput(input, output) }];
}

function fromInput(input: number, output: number): Rates {
  return { input, output, cacheRead: round(input * 0.1), cacheWrite: round(input * 1.25) };
}

/** Where no price of cached tokens is documented they count as fresh ones, so that the budget never errs low. */
function uncached(input: number, output: number): Rates {
  return { input, output, cacheRead: input, cacheWrite: input };
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/**
 * US dollars per million tokens, context and output limits. Anthropic's cache writes are those of five minutes, the only
 * kind we ask for. Sources: apis.md A1, A2, A4, A6 (prices genai-prices of 2026-09-23, output limits models.dev of
 * 2026-07-02). Ids match exactly or not at all: a newer model priced as its older sibling would blind the budget.
 */
const modelRows: readonly ModelRow[] = [
  {
    vendor: 'anthropic',
    model: 'claude-opus-5-5',
    input: 4,
    output: 20,
    cacheRead: 0.2,
    cacheWrite: 5,
    ...claude,
  },
  { vendor: 'anthropic', model: 'claude-opus-5', ...opus5 },
  { vendor: 'anthropic', model: 'claude-opus-4-8', ...opus5 },
  { vendor: 'anthropic', model: 'claude-opus-4-7', ...opus5 },
  {
    vendor: 'anthropic',
    model: 'claude-sonnet-5',
    input: 2,
    output: 10,
    cacheRead: 0.2,
    cacheWrite: 2.5,
    ...claude,
  },
  {
    vendor: 'anthropic',
    model: 'claude-fable-5-1',
    input: 10,
    output: 50,
    cacheRead: 0.25,
    cacheWrite: 12.5,
    ...claude,
  },
  {
    vendor: 'anthropic',
    model: 'claude-haiku-4-5',
    ...{ input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
    contextTokens: 200 * K,
    maxOutputTokens: 64 * K,
  },
  { vendor: 'openai', model: 'gpt-6-astra', ...fromInput(10, 50), tiers: longPrompts(20, 75), ...gpt },
  { vendor: 'openai', model: 'gpt-6-sol', ...fromInput(2, 10), tiers: longPrompts(4, 15), ...gpt },
  { vendor: 'openai', model: 'gpt-6-luna', ...fromInput(0.1, 0.5), tiers: longPrompts(0.2, 0.5), ...gpt },
  { vendor: 'openai', model: 'gpt-5.6-sol', ...fromInput(4, 20), ...gpt },
  { vendor: 'openai', model: 'gpt-5.6-terra', ...fromInput(2, 12), ...gpt },
  { vendor: 'openai', model: 'gpt-5.6-luna', ...fromInput(0.2, 1.2), ...gpt },
  { vendor: 'openai', model: 'gpt-5.4-mini', ...fromInput(0.75, 4.5), ...gpt, contextTokens: 400 * K },
  { vendor: 'openai', model: 'gpt-5.4-nano', ...fromInput(0.2, 1.25), ...gpt, contextTokens: 400 * K },
  ...['gemini-3.8-flash', 'gemini-3.7-flash', 'gemini-3.6-flash'].flatMap((model) => [
    { vendor: 'gemini', model, ...uncached(0.75, 3.75), ...gemini, until: '2026-12-31' },
    { vendor: 'gemini', model, ...uncached(1.5, 7.5), ...gemini },
  ]),
  { vendor: 'gemini', model: 'gemini-3.5-flash', ...uncached(1.5, 9), ...gemini },
  { vendor: 'gemini', model: 'gemini-3.5-flash-lite', ...uncached(0.3, 2.5), ...gemini },
  { vendor: 'gemini', model: 'gemini-3.1-flash-lite', ...uncached(0.25, 1.5), ...gemini },
  {
    vendor: 'gemini',
    model: 'gemini-3.1-pro-preview',
    ...uncached(2, 12),
    tiers: [{ aboveInputTokens: 200 * K, ...uncached(4, 18) }],
    ...gemini,
  },
  { vendor: 'gemini', model: 'gemini-2.5-pro', ...uncached(1.25, 10), ...gemini },
  { vendor: 'zai', model: 'glm-5.3', ...uncached(1.4, 4.4), cacheRead: 0.26, ...glm },
  { vendor: 'zai', model: 'glm-5.2', ...uncached(1.4, 4.4), cacheRead: 0.26, ...glm },
  { vendor: 'zai', model: 'glm-5.3-flash', ...uncached(0.075, 0.25), ...glm },
];

/** The price of a model on a machine of one's own. */
export const freePrice: Price = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  asOf: 'always',
  source: 'own machine',
};

/** Price and limits of a model on that day; undefined where the table does not know exactly this id. */
export function findModel(
  vendor: string,
  model: string,
  on: Date,
): (ModelLimits & { price: Price }) | undefined {
  const day = on.toISOString().slice(0, 10);
  const row = modelRows.find(
    (candidate) =>
      candidate.vendor === vendor &&
      candidate.model === model &&
      (!candidate.until || day <= candidate.until),
  );
  if (!row) return undefined;
  const { input, output, cacheRead, cacheWrite, tiers, contextTokens, maxOutputTokens } = row;
  const price = {
    input,
    output,
    cacheRead,
    cacheWrite,
    asOf: AS_OF,
    source: SOURCE,
    ...(tiers ? { tiers } : {}),
  };
  return { contextTokens, maxOutputTokens, price };
}

/** US dollars of one call, to the hundredth of a micro-dollar so that sums stay readable. */
export function costOf(usage: TokenUsage, price: Price): number {
  const read = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const rates: Rates = price.tiers?.findLast((tier) => read > tier.aboveInputTokens) ?? price;
  const micro =
    usage.inputTokens * rates.input +
    usage.outputTokens * rates.output +
    usage.cacheReadTokens * rates.cacheRead +
    usage.cacheWriteTokens * rates.cacheWrite;
  return Math.round(micro * 100) / 1e8;
}
