import type { z } from 'zod';
import { findFederationFaults } from './federation.ts';
import { findNearest } from './nearest.ts';
import type { sections } from './sections.ts';
import { isVendorId, vendorIds, vendors } from './vendors.ts';

export type Problem = { path: (string | number)[]; message: string; suggestion?: string };

type Sections = { [K in keyof typeof sections]?: z.output<(typeof sections)[K]> };

/**
 * What no single field can see. Sections that did not parse are left out of `given`, so that their neighbours are
 * still checked and all mistakes come at once; `raw` is the whole as it was written.
 */
export function checkCombinations(given: Sections, raw: unknown): Problem[] {
  return [...checkAmbiguity(given), ...checkProviders(given), ...checkProviderNames(raw)];
}

function checkAmbiguity({ ambiguity }: Sections): Problem[] {
  if (!ambiguity || ambiguity.splitAbove >= ambiguity.threshold) return [];
  const message = `must not be below ambiguity.threshold (${ambiguity.threshold}): an issue that is clear enough is never split`;
  return [{ path: ['ambiguity', 'splitAbove'], message }];
}

type Row = NonNullable<Sections['providers']>[string];

function checkProviders({ providers, agent }: Sections): Problem[] {
  return Object.entries(providers ?? {}).flatMap(([name, row]) => {
    const path = ['providers', name];
    const vendor = row.vendor ?? (isVendorId(name) ? name : undefined);
    if (!vendor) return [{ path, message: `needs a vendor: one of ${vendorIds.join(', ')}` }];
    const faults = row.federation ? findFederationFaults(vendor, row.federation) : [];
    const needs = [
      ...listNeeds(vendor, row, agent?.model).map((message) => ({ path, message })),
      ...faults.map(({ key, message }) => ({
        path: [...path, 'federation', ...(key ? [key] : [])],
        message,
      })),
    ];
    if (vendor === 'recorded' || !row.recording) return needs;
    const message = `is for vendor recorded only, this one is ${vendor}`;
    return [...needs, { path: [...path, 'recording'], message }];
  });
}

function listNeeds(vendor: keyof typeof vendors, row: Row, model: string | undefined): string[] {
  const { model: defaultModel, baseUrl } = vendors[vendor];
  return [
    ...(row.model || model || defaultModel ? [] : [`needs a model: ${vendor} has no default`]),
    ...(row.baseUrl || baseUrl || vendor === 'recorded' ? [] : [`needs a baseUrl: ${vendor} has no default`]),
    ...(vendor === 'recorded' && !row.recording ? ['needs a recording: the path of a recorded session'] : []),
  ];
}

function checkProviderNames(raw: unknown): Problem[] {
  const { agent, providers } = toTree(raw);
  const { provider, steps } = toTree(agent);
  const uses = [
    { path: ['agent', 'provider'], name: provider },
    ...Object.entries(toTree(steps)).map(([step, row]) => ({
      path: ['agent', 'steps', step, 'provider'],
      name: toTree(row).provider,
    })),
  ];
  const entries = Object.keys(toTree(providers));
  const known = [...new Set([...entries, ...vendorIds.filter(needsNoEntry), 'auto'])];
  return uses.flatMap(({ path, name }) => {
    if (typeof name !== 'string' || known.includes(name)) return [];
    if (isVendorId(name))
      return [{ path, message: `“${name}” needs an entry under providers: it has no defaults` }];
    const suggestion = findNearest(name, known);
    const hint = suggestion ? `did you mean “${suggestion}”?` : `known: ${known.join(', ')}`;
    return [
      { path, message: `no provider is called “${name}”; ${hint}`, ...(suggestion ? { suggestion } : {}) },
    ];
  });
}

function toTree(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Vendors that can be used by name alone. */
function needsNoEntry(name: string): boolean {
  return isVendorId(name) && vendors[name].model !== null && vendors[name].baseUrl !== null;
}
