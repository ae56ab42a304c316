import type { ProviderConfig } from '../core/config/schema.ts';
import { vendors } from '../core/config/vendors.ts';
import { TammaError } from '../core/errors.ts';
import { getVendorRow } from './vendors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type KeyStatus = 'present' | 'missing' | 'not needed' | 'federated';

/** The variables a key is looked for in, in order; none where none is sent. */
export function listKeyVariables({ vendor, apiKeyEnv }: ProviderConfig): readonly string[] {
  if (apiKeyEnv === null) return [];
  const isVendorsOwn = apiKeyEnv === vendors[vendor].apiKeyEnv;
  return isVendorsOwn ? [apiKeyEnv, ...(getVendorRow(vendor).keyAliases ?? [])] : [apiKeyEnv];
}

/** The first of them that is set. */
export function findKeyVariable(entry: ProviderConfig, environment: Environment): string | undefined {
  return listKeyVariables(entry).find((variable) => environment[variable]?.trim());
}

export function findKey(entry: ProviderConfig, environment: Environment): string | undefined {
  const variable = findKeyVariable(entry, environment);
  return variable && environment[variable]?.trim();
}

/** Whether its vendor may be told who this run is, in place of a key. */
export function hasFederation({ federation }: ProviderConfig): boolean {
  return federation !== undefined && Object.keys(federation).length > 0;
}

export function getKeyStatus(entry: ProviderConfig, environment: Environment): KeyStatus {
  if (findKey(entry, environment)) return 'present';
  if (hasFederation(entry)) return 'federated';
  return listKeyVariables(entry).length === 0 ? 'not needed' : 'missing';
}

/**
 * The key to send, undefined where none is. Throws KEY_MISSING, and CONFIG_INVALID where a vendor's key would cross a
 * network in the clear.
 */
export function getKey(name: string, entry: ProviderConfig, environment: Environment): string | undefined {
  const key = findKey(entry, environment);
  const variables = listKeyVariables(entry);
  if (!key && variables.length > 0) {
    const looked = `looked for ${variables.join(', then ')} in the environment of this run`;
    throw new TammaError('KEY_MISSING', `the provider ${name} needs a key: ${looked}`, {
      help: `Set ${variables[0]} (in a workflow: a secret of that name, given to the action’s input for it; a secret that is not there is empty), name another variable under providers.${name}.apiKeyEnv (null sends no key), or choose another provider.`,
      details: { provider: name, variables },
    });
  }
  if (key) checkEncrypted(name, entry);
  return key;
}

/** Throws CONFIG_INVALID where a vendor's key or token would cross a network in the clear. */
export function checkEncrypted(name: string, entry: ProviderConfig): void {
  if (!isInTheClear(entry)) return;
  throw new TammaError(
    'CONFIG_INVALID',
    `the provider ${name} would send its key unencrypted to ${entry.baseUrl}`,
    { help: `Use https, or set providers.${name}.apiKeyEnv to null.` },
  );
}

/** Servers of one's own may do as they like in their own network. */
function isInTheClear({ vendor, baseUrl }: ProviderConfig): boolean {
  if (!baseUrl || getVendorRow(vendor).free) return false;
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
