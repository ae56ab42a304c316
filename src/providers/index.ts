import type { ProviderConfig } from '../core/config/schema.ts';
import { isVendorId, vendorIds } from '../core/config/vendors.ts';
import { TammaError } from '../core/errors.ts';
import type { Provider } from '../ports/provider.ts';
import { createAnthropicMessages } from './anthropic-messages.ts';
import { type Environment, getKey } from './credentials.ts';
import { resolveLimits } from './limits.ts';
import type { NormaliseOptions } from './normalise-request.ts';
import { createOpenAIChat } from './openai-chat.ts';
import { getQuirks, getVendorRow, toImpliedEntry, unavailableVendors, type Wire } from './vendors.ts';

export type ProviderOptions = NormaliseOptions & {
  /** The name under `providers`, for messages and the log. */
  name: string;
  entry: ProviderConfig;
  /** The step's own model, where it has one. */
  model?: string | undefined;
  environment: Environment;
  now: () => Date;
  /** For recorded sessions. Throws what it likes where the file cannot be read. */
  readText(path: string): Promise<string>;
  nodeVersion?: string;
};

const wires: Readonly<Record<Wire, (options: ProviderOptions) => Promise<Provider>>> = {
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
 * The provider of a configuration row, without retries and metering. Throws KEY_MISSING, NODE_TOO_OLD, CONFIG_INVALID
 * and, for a recording, RECORDING_INVALID. Calls nobody.
 */
export async function createProvider(options: ProviderOptions): Promise<Provider> {
  return await wires[getVendorRow(options.entry.vendor).wire](options);
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

function toWireOptions({ name, entry, model = entry.model, environment, now }: ProviderOptions) {
  const { vendor, baseUrl } = entry;
  if (!baseUrl) throw new TammaError('CONFIG_INVALID', `the provider ${name} needs a baseUrl`);
  if (!model) throw new TammaError('CONFIG_INVALID', `the provider ${name} needs a model`);
  const apiKey = getKey(name, entry, environment);
  return { name, vendor, model, baseUrl, apiKey, times: getVendorRow(vendor).times, now };
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
