import { type FederatedVendor, federations, hasFederation } from './federation.ts';
import type { ConfigInput } from './schema.ts';
import { isVendorId, type VendorId, vendors } from './vendors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Asked in this order where the configuration names no provider. */
const preferred = [
  'anthropic',
  'openai',
  'openrouter',
  'gemini',
  'zai',
] as const satisfies readonly VendorId[];

type Providers = NonNullable<ConfigInput['providers']>;

/**
 * One entry for every vendor whose key is in the environment, the preferred one first, then for those that take the
 * identity of the job; empty where there is neither.
 */
export function findDefaultProviders(environment: Environment): Providers {
  const present = preferred.filter((vendor) => Boolean(environment[vendors[vendor].apiKeyEnv]?.trim()));
  const federated = (Object.keys(federations) as FederatedVendor[]).filter(
    (vendor) => !present.some((other) => other === vendor) && hasFederation(vendor, environment),
  );
  const found: readonly VendorId[] = [...present, ...federated];
  return Object.fromEntries(found.map((vendor, index) => [vendor, { vendor, priority: index + 1 }]));
}

/** The base URL that the environment gives for a vendor (`ANTHROPIC_BASE_URL` and the like): for gateways and test servers. */
export function findBaseUrl(
  name: string,
  vendor: string | undefined,
  environment: Environment,
): { name: string; value: string } | undefined {
  const id = vendor ?? name;
  const variable = isVendorId(id) ? vendors[id].baseUrlEnv : null;
  const value = variable ? environment[variable]?.trim() : undefined;
  return variable && value ? { name: variable, value } : undefined;
}
