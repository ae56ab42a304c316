import type { ProviderConfig } from '../core/config/schema.ts';
import { isVendorId, vendorIds } from '../core/config/vendors.ts';
import { TammaError } from '../core/errors.ts';
import type { Provider } from '../ports/provider.ts';
import { createAnthropicMessages } from './anthropic-messages.ts';
import { checkEncrypted, type Environment, findKey, getKey, hasFederation } from './credentials.ts';
import type { AccessTokens } from './federation.ts';
import { resolveLimits } from './limits.ts';
import type { NormaliseOptions } from './normalise-request.ts';
import { createOpenAIChat } from './openai-chat.ts';
import { createRenewingProvider } from './renewing.ts';
import { getQuirks, getVendorRow, toImpliedEntry, unavailableVendors, type Wire } from './vendors.ts';

export type ProviderOptions = NormaliseOptions & {
  /** The name under `providers`, for messages and the log. */
  name: string;
  entry: ProviderConfig;
  /** The step's own model, where it has one. */
  model?: string | undefined;
  environment: Environment;
  now: () => Date;
  /** For vendors that take the identity of this run in place of a key, where it has one; the same tokens for the same name. */
  exchange?: ((name: string, entry: ProviderConfig) => Promise<AccessTokens>) | undefined;
  /** For recorded sessions. Throws what it likes where the file cannot be read. */
  readText(path: string): Promise<string>;
  nodeVersion?: string;
};

type Opening = ProviderOptions & { tokens?: AccessTokens | undefined };

const wires: Readonly<Record<Wire, (options: Opening) => Promise<Provider>>> = {
  'anthropic-messages': (options) =>
    createAnthropicMessages({ ...toWireOptions(options), limits: toLimits(options) }),
  'openai-chat': (options) =>
    createOpenAIChat({
      ...toWireOptions(options),
      limits: toLimits(options),
      quirks: getQuirks(options.entry.vendor),
      ...(options.nodeVersion ? { nodeVersion: options.nodeVersion } : {}),
    }),
  recorded: openRecorded,
};

/**
 * The provider of a configuration row, without retries and metering. A key goes before the identity of the run. Throws
 * KEY_MISSING, ID_TOKEN_UNAVAILABLE, NODE_TOO_OLD, CONFIG_INVALID and, for a recording, RECORDING_INVALID. Calls nobody.
 */
export async function createProvider(options: ProviderOptions): Promise<Provider> {
  const { wire } = getVendorRow(options.entry.vendor);
  const tokens = await openTokens(options);
  const provider = await wires[wire]({ ...options, tokens });
  return tokens ? createRenewingProvider(provider, tokens.drop) : provider;
}

async function openTokens(options: ProviderOptions): Promise<AccessTokens | undefined> {
  const { name, entry, environment, exchange } = options;
  if (!hasFederation(entry) || findKey(entry, environment)) return undefined;
  if (!exchange) {
    throw new TammaError(
      'ID_TOKEN_UNAVAILABLE',
      `the provider ${name} takes the identity of a CI job, and this run has none`,
    );
  }
  checkEncrypted(name, entry);
  return await exchange(name, entry);
}

/** The configuration row of that name, or the defaults of the vendor of that name. Throws PROVIDER_UNKNOWN with the names there are. */
export function getEntry(providers: Readonly<Record<string, ProviderConfig>>, name: string): ProviderConfig {
  if (Object.hasOwn(providers, name)) return providers[name] as ProviderConfig;
  if (isVendorId(name)) return toImpliedEntry(name);
  const planned = unavailableVendors.find(({ vendor }) => vendor === name);
  const known = [...new Set([...Object.keys(providers), ...vendorIds])].join(', ');
  const why = planned ? `is not available in this version: ${planned.reason}` : 'is no provider';
  throw new TammaError('PROVIDER_UNKNOWN', `${name} ${why}; known: ${known}`);
}

function toWireOptions({ name, entry, model = entry.model, environment, now, tokens }: Opening) {
  const { vendor, baseUrl } = entry;
  if (!baseUrl) throw new TammaError('CONFIG_INVALID', `the provider ${name} needs a baseUrl`);
  if (!model) throw new TammaError('CONFIG_INVALID', `the provider ${name} needs a model`);
  const apiKey = tokens ? undefined : getKey(name, entry, environment);
  return { name, vendor, model, baseUrl, apiKey, tokens, times: getVendorRow(vendor).times, now };
}

function toLimits({ entry, model, now }: ProviderOptions) {
  return resolveLimits(entry, model ?? entry.model, now());
}

async function openRecorded({ name, entry, readText, roots, redact }: ProviderOptions): Promise<Provider> {
  const path = entry.recording;
  if (!path) throw new TammaError('CONFIG_INVALID', `the provider ${name} needs a recording`);
  const [{ parseSession }, { createRecordedProvider }] = await Promise.all([
    import('./session-file.ts'),
    import('./recorded.ts'),
  ]);
  const session = parseSession(await readText(path), path);
  return createRecordedProvider({
    session,
    name,
    ...(roots ? { roots } : {}),
    ...(redact ? { redact } : {}),
  });
}
