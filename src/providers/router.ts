import { TammaError } from '../core/errors.ts';
import type { ProviderDescription } from './describe-providers.ts';

/**
 * The provider for `agent.provider: auto`: the first available one of the configuration, which comes by priority; without
 * any there, the first vendor whose key is set. Servers of one's own are taken only when configured: nobody knows whether
 * they run. Throws KEY_MISSING with what each one lacks.
 */
export function chooseProvider(descriptions: readonly ProviderDescription[]): string {
  const configured = descriptions.filter((row) => row.configured && row.vendor !== 'recorded');
  const candidates = configured.length > 0 ? configured : descriptions.filter(({ key }) => key === 'present');
  const chosen = candidates.find(({ available }) => available);
  if (chosen) return chosen.name;
  const rows = configured.length > 0 ? configured : descriptions.filter(({ key }) => key === 'missing');
  const lacks = rows.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  throw new TammaError('KEY_MISSING', `no provider can be used: ${lacks || 'none is configured'}`);
}
