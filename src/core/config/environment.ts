import { type Environment, findBaseUrl, findDefaultProviders } from './default-providers.ts';
import { hasFederation, isFederatedVendor, readFederation } from './federation.ts';
import type { Path } from './read-text.ts';
import { isVendorId } from './vendors.ts';

type Tree = Record<string, unknown>;

export type Overlaid = {
  /** What the file says with the environment over it; not checked yet. */
  value: unknown;
  /** Dotted path → the variable it came from. */
  origins: Map<string, string>;
};

const overrides = [
  { variable: 'TAMMA_MODE', path: ['mode'] },
  { variable: 'TAMMA_AI_PROVIDER', path: ['agent', 'provider'] },
  { variable: 'TAMMA_AI_MODEL', path: ['agent', 'model'] },
] as const;

/** Inputs of the action that set a variable. */
const inputs = [
  { variable: 'TAMMA_MODE', input: 'mode' },
  { variable: 'TAMMA_AI_PROVIDER', input: 'provider' },
  { variable: 'TAMMA_AI_MODEL', input: 'model' },
  { variable: 'TAMMA_AI_BASE_URL', input: 'base-url' },
] as const;

/** Whoever wrote a workflow knows the input, and not the variable it sets. */
export function hintInput(origin: string): string {
  const row = inputs.find(({ variable }) => origin.endsWith(` ${variable}`));
  return row ? `; in a workflow it is the input ${row.input}` : '';
}

/**
 * Puts the environment over what the file says: the TAMMA_* overrides, base URLs, and what credentials imply: providers
 * for the keys that are there where the file names none, and ids of federations. The environment belongs to whoever runs
 * Tamma, so it may say what a file of the repository may not.
 */
export function overlayEnvironment(
  file: unknown,
  environment: Environment,
  { withCredentials = true }: { withCredentials?: boolean } = {},
): Overlaid {
  if (!isTree(file)) return { value: file, origins: new Map() };
  const overlaid: { value: Tree; origins: Map<string, string> } = { value: file, origins: new Map() };
  const put = (path: Path, value: unknown, origin: string) => {
    overlaid.value = setIn(overlaid.value, path, value);
    overlaid.origins.set(path.join('.'), origin);
  };
  for (const { variable, path } of overrides) {
    const value = environment[variable]?.trim();
    if (value) put(path, value, `environment ${variable}`);
  }
  if (withCredentials && isEmpty(overlaid.value.providers)) {
    for (const [name, row] of Object.entries(findDefaultProviders(environment))) {
      put(['providers', name], row, `environment: ${name} can be reached`);
    }
  }
  overlayBaseUrls(overlaid.value, environment, put);
  if (withCredentials) overlayFederations(overlaid.value, environment, put);
  return overlaid;
}

type Put = (path: Path, value: unknown, origin: string) => void;

function overlayBaseUrls(value: Tree, environment: Environment, put: Put): void {
  const providers = isTree(value.providers) ? value.providers : {};
  const main = findMainProvider(value, providers);
  const override = environment.TAMMA_AI_BASE_URL?.trim();
  // An entry for a name that is misspelled would hide that.
  const isKnown = main !== undefined && (Object.hasOwn(providers, main) || isVendorId(main));
  if (override && isKnown) put(['providers', main, 'baseUrl'], override, 'environment TAMMA_AI_BASE_URL');
  for (const name of new Set([...Object.keys(providers), ...listUsed(value), ...(main ? [main] : [])])) {
    const row = providers[name];
    if (name === 'auto' || (override && name === main) || (isTree(row) && row.baseUrl !== undefined))
      continue;
    const vendor = isTree(row) && typeof row.vendor === 'string' ? row.vendor : undefined;
    const found = findBaseUrl(name, vendor, environment);
    if (found) put(['providers', name, 'baseUrl'], found.value, `environment ${found.name}`);
  }
}

/** Entries of a vendor whose ids the environment names, all or some of them. */
function overlayFederations(value: Tree, environment: Environment, put: Put): void {
  const providers = isTree(value.providers) ? value.providers : {};
  const names = new Set([...Object.keys(providers), ...listUsed(value), ...listMain(value)]);
  for (const name of names) {
    const row = providers[name];
    const vendor = isTree(row) && typeof row.vendor === 'string' ? row.vendor : name;
    if (!isFederatedVendor(vendor)) continue;
    if (!(isTree(row) && isTree(row.federation)) && !hasFederation(vendor, environment)) continue;
    for (const { key, value: id, variable } of readFederation(vendor, environment)) {
      put(['providers', name, 'federation', key], id, `environment ${variable}`);
    }
  }
}

function listMain(value: Tree): string[] {
  const agent = isTree(value.agent) ? value.agent : {};
  return typeof agent.provider === 'string' ? [agent.provider] : [];
}

function findMainProvider(value: Tree, providers: Tree): string | undefined {
  const agent = isTree(value.agent) ? value.agent : {};
  if (typeof agent.provider === 'string') return agent.provider === 'auto' ? undefined : agent.provider;
  const priority = (row: unknown) => (isTree(row) && typeof row.priority === 'number' ? row.priority : 100);
  const first = Object.entries(providers).sort(([, a], [, b]) => priority(a) - priority(b))[0];
  return first?.[0] ?? 'anthropic';
}

function listUsed(value: Tree): string[] {
  const steps = isTree(value.agent) && isTree(value.agent.steps) ? value.agent.steps : {};
  return Object.values(steps).flatMap((row) =>
    isTree(row) && typeof row.provider === 'string' ? [row.provider] : [],
  );
}

function setIn(tree: Tree, [key, ...rest]: Path, value: unknown): Tree {
  if (key === undefined) return tree;
  if (rest.length === 0) return { ...tree, [key]: value };
  const inner = tree[key] ?? {};
  return isTree(inner) ? { ...tree, [key]: setIn(inner, rest, value) } : tree;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (isTree(value) && Object.keys(value).length === 0);
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
