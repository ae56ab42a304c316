import type { ProviderConfig } from '../core/config/schema.ts';
import { vendors } from '../core/config/vendors.ts';
import { TammaError } from '../core/errors.ts';
import { getVendorRow } from './vendors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type KeyStatus = 'present' | 'missing' | 'not needed';

/** The variables a key is looked for in, in order; none where none is sent. */
export function listKeyVariables({ vendor, apiKeyEnv }: ProviderConfig): readonly string[] {
  if (apiKeyEnv === null) return [];
  const isVendorsOwn = apiKeyEnv === vendors[vendor].apiKeyEnv;
  return isVendorsOwn ? [apiKeyEnv, ...(getVendorRow(vendor).keyAliases ?? [])] : [apiKeyEnv];
}

export function findKey(entry: ProviderConfig, environment: Environment): string | undefined {
  const values = listKeyVariables(entry).map((variable) => environment[variable]?.trim());
  return values.find((value) => value !== undefined && value !== '');
}

export function getKeyStatus(entry: ProviderConfig, environment: Environment): KeyStatus {
  if (findKey(entry, environment)) return 'present';
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
      help: `Set ${variables[0]}, name another variable under providers.${name}.apiKeyEnv (null sends no key), or choose another provider.`,
      details: { provider: name, variables },
    });
  }
  if (key && isInTheClear(entry)) {
    throw new TammaError(
      'CONFIG_INVALID',
      `the provider ${name} would send its key unencrypted to ${entry.baseUrl}`,
      {
        help: `Use https, or set providers.${name}.apiKeyEnv to null.`,
      },
    );
  }
  return key;
}

/** Servers of one's own may do as they like in their own network. */
function isInTheClear({ vendor, baseUrl }: ProviderConfig): boolean {
  if (!baseUrl || getVendorRow(vendor).free) return false;
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
