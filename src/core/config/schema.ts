import { z } from 'zod';
import { checkCombinations } from './combinations.ts';
import type { price } from './provider-schema.ts';
import { sections } from './sections.ts';
import { isVendorId, type VendorId, vendors } from './vendors.ts';

const fileSchema = z.strictObject(sections);
type Sections = z.output<typeof fileSchema>;

/** What may stand in `.tamma/config.yml`: every field is optional. */
export type ConfigInput = z.input<typeof fileSchema>;

export type ProviderPrice = z.output<typeof price>;

/** By key of `federations` in `federation.ts`, and `audience`. */
export type Federation = Readonly<Record<string, string | undefined>>;

export type ProviderConfig = {
  vendor: VendorId;
  model: string;
  /** Null for vendors that call nobody. */
  baseUrl: string | null;
  /** The variable that holds the key, never the key; null: none is sent. */
  apiKeyEnv: string | null;
  /** In place of a key, where none is set: ids that its vendor knows, none of them secret. */
  federation?: Federation | undefined;
  priority: number;
  price?: ProviderPrice | undefined;
  worstCasePrice?: ProviderPrice | undefined;
  maxOutputTokens?: number | undefined;
  contextTokens?: number | undefined;
  /** Path of the recorded session; always there for vendor `recorded`. */
  recording?: string | undefined;
};

/**
 * The effective configuration: every default resolved. `providers` holds an entry for every name that `agent`
 * mentions (but `auto`).
 */
export type Config = Omit<Sections, 'agent' | 'providers' | 'approval' | 'sandbox'> & {
  agent: Omit<Sections['agent'], 'provider'> & { provider: string };
  providers: Record<string, ProviderConfig>;
  approval: { design: ApprovalRule; merge: ApprovalRule; ttlDays: number };
  sandbox: 'required' | 'best-effort';
};

export type ApprovalRule = 'auto' | 'required';

/** Parses what a file says into the effective configuration. `parseConfig` adds places, advice and the environment. */
export const configSchema = fileSchema.transform((given, context): Config => {
  for (const problem of checkCombinations(given, given)) {
    context.issues.push({ code: 'custom', input: given, path: problem.path, message: problem.message });
  }
  return resolveDefaults(given);
});

function resolveDefaults(given: Sections): Config {
  const provider = given.agent.provider ?? firstByPriority(given.providers) ?? 'auto';
  return {
    ...given,
    agent: { ...given.agent, provider },
    providers: resolveProviders(given, provider),
    approval: {
      design: given.approval.design ?? (given.mode === 'business' ? 'required' : 'auto'),
      merge: given.approval.merge ?? 'required',
      ttlDays: given.approval.ttlDays,
    },
    sandbox: given.sandbox ?? 'required',
  };
}

function firstByPriority(providers: Sections['providers']): string | undefined {
  return Object.entries(providers).sort(([, a], [, b]) => a.priority - b.priority)[0]?.[0];
}

/** A vendor's own name needs no entry: naming it is enough. */
function resolveProviders(given: Sections, main: string): Record<string, ProviderConfig> {
  const used = [main, ...Object.values(given.agent.steps).flatMap((step) => step.provider ?? [])];
  const implied = used.filter((name) => isVendorId(name) && !Object.hasOwn(given.providers, name));
  const entries = [
    ...Object.entries(given.providers),
    ...implied.map((name) => [name, { priority: 100 }] as const),
  ];
  return Object.fromEntries(
    entries.map(([name, row]) => [name, resolveProvider(name, row, given.agent.model)]),
  );
}

function resolveProvider(
  name: string,
  row: Sections['providers'][string],
  model: string | undefined,
): ProviderConfig {
  const vendor = row.vendor ?? (isVendorId(name) ? name : 'openai-compatible');
  const defaults = vendors[vendor];
  return {
    ...row,
    vendor,
    model: row.model ?? defaults.model ?? model ?? '',
    baseUrl: row.baseUrl ?? defaults.baseUrl,
    apiKeyEnv: row.apiKeyEnv === undefined ? defaults.apiKeyEnv : row.apiKeyEnv,
  };
}
