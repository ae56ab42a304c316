import type { ProviderConfig } from '../core/config/schema.ts';
import { vendorIds } from '../core/config/vendors.ts';
import { type Environment, getKeyStatus, type KeyStatus, listKeyVariables } from './credentials.ts';
import { resolveLimits } from './limits.ts';
import { NEEDED_NODE } from './openai-chat.ts';
import { getVendorRow, toImpliedEntry, unavailableVendors, type Wire } from './vendors.ts';

export type ProviderDescription = {
  name: string;
  vendor: string;
  /** Whether the configuration names it; the rest is what could be used by name alone. */
  configured: boolean;
  wire: Wire | null;
  model: string | null;
  baseUrl: string | null;
  key: KeyStatus;
  /** Where the key is looked for. */
  keyVariables: readonly string[];
  price: 'known' | 'worst case' | 'unknown' | 'free';
  available: boolean;
  /** Why it is not available; empty where it is. */
  reason: string;
};

type DescribeOptions = {
  providers: Readonly<Record<string, ProviderConfig>>;
  environment: Environment;
  now: Date;
  nodeVersion?: string;
  /** Whether this run can say who it is: for vendors that take that in place of a key. */
  hasIdentity?: boolean;
};

/** Every provider of the configuration by priority, then every vendor that could be used, then what this version cannot. */
export function describeProviders({
  providers,
  environment,
  now,
  nodeVersion = process.versions.node,
  hasIdentity = false,
}: DescribeOptions): ProviderDescription[] {
  const describe = (name: string, entry: ProviderConfig, configured: boolean): ProviderDescription => {
    const wire = getVendorRow(entry.vendor).wire;
    const key = getKeyStatus(entry, environment);
    const reason = findReason(entry, { wire, key, nodeVersion, hasIdentity });
    return {
      name,
      vendor: entry.vendor,
      configured,
      wire,
      model: entry.model || null,
      baseUrl: entry.baseUrl,
      key,
      keyVariables: listKeyVariables(entry),
      price: describePrice(entry, now),
      available: reason === '',
      reason,
    };
  };
  const named = Object.entries(providers).sort(([, a], [, b]) => a.priority - b.priority);
  const implied = vendorIds.filter((vendor) => !Object.hasOwn(providers, vendor));
  return [
    ...named.map(([name, entry]) => describe(name, entry, true)),
    ...implied.map((vendor) => describe(vendor, toImpliedEntry(vendor), false)),
    ...unavailableVendors.map(({ vendor, reason }) => toUnavailable(vendor, reason)),
  ];
}

type Circumstances = { wire: Wire; key: KeyStatus; nodeVersion: string; hasIdentity: boolean };

function findReason(entry: ProviderConfig, { wire, key, nodeVersion, hasIdentity }: Circumstances): string {
  if (wire === 'recorded') return entry.recording ? '' : 'needs a recording';
  if (!entry.baseUrl) return 'needs a baseUrl';
  if (!entry.model) return 'needs a model';
  if (key === 'missing') return `no key: set ${listKeyVariables(entry).join(' or ')}`;
  if (key === 'federated' && !hasIdentity)
    return 'takes the identity of a CI job with `id-token: write`, and this run has none';
  const isTooOld = wire === 'openai-chat' && Number.parseInt(nodeVersion, 10) < NEEDED_NODE;
  return isTooOld ? `needs Node ${NEEDED_NODE} or newer, this is ${nodeVersion}` : '';
}

function describePrice(entry: ProviderConfig, now: Date): ProviderDescription['price'] {
  if (resolveLimits(entry, entry.model, now).price) {
    return getVendorRow(entry.vendor).free && !entry.price ? 'free' : 'known';
  }
  return entry.worstCasePrice ? 'worst case' : 'unknown';
}

function toUnavailable(vendor: string, reason: string): ProviderDescription {
  return {
    name: vendor,
    vendor,
    configured: false,
    wire: null,
    model: null,
    baseUrl: null,
    key: 'not needed',
    keyVariables: [],
    price: 'unknown',
    available: false,
    reason,
  };
}
