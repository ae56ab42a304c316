import type { ProviderConfig } from '../core/config/schema.ts';
import type { ModelLimits, Price } from '../ports/provider.ts';
import { findModel, freePrice } from './prices.ts';
import { getVendorRow } from './vendors.ts';

/** For models the table does not know: what the smallest models in use can do. */
const modest = { contextTokens: 128_000, maxOutputTokens: 16_000 };
/** Local servers start with little: Ollama cuts longer prompts without a word (apis.md A9). */
const modestLocal = { contextTokens: 32_768, maxOutputTokens: 8_192 };

/** Price and limits of a model: what the configuration says, else the table of that day, else modest ones and no price. */
export function resolveLimits(entry: ProviderConfig, model: string, on: Date): ModelLimits {
  const { vendor, contextTokens, maxOutputTokens } = entry;
  const { free } = getVendorRow(vendor);
  const listed = findModel(vendor, model, on);
  const known = listed ?? (free ? modestLocal : modest);
  const context = contextTokens ?? known.contextTokens;
  return {
    contextTokens: context,
    // A smaller window needs a smaller answer, or nothing is left for the question.
    maxOutputTokens: Math.min(maxOutputTokens ?? known.maxOutputTokens, Math.ceil(context / 2)),
    price: toConfigured(entry) ?? (free ? freePrice : listed?.price),
  };
}

function toConfigured({ price }: ProviderConfig): Price | undefined {
  return price && { ...price, asOf: 'configuration', source: 'configuration' };
}
