import { type Environment, findBaseUrl, findDefaultProviders } from './default-providers.ts';
import type { Path } from './read-text.ts';

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

/**
 * Puts the environment over what the file says: the TAMMA_* overrides, providers for the keys that are there where
 * the file names none, and base URLs. The environment belongs to whoever runs Tamma, so it may say what a file of the
 * repository may not.
 */
export function overlayEnvironment(file: unknown, environment: Environment): Overlaid {
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
  if (isEmpty(overlaid.value.providers)) {
    for (const [name, row] of Object.entries(findDefaultProviders(environment))) {
      put(['providers', name], row, `environment: the key of ${name} is there`);
    }
  }
  overlayBaseUrls(overlaid.value, environment, put);
  return overlaid;
}

type Put = (path: Path, value: unknown, origin: string) => void;

function overlayBaseUrls(value: Tree, environment: Environment, put: Put): void {
  const providers = isTree(value.providers) ? value.providers : {};
  const main = findMainProvider(value, providers);
  const override = environment.TAMMA_AI_BASE_URL?.trim();
  if (override && main) put(['providers', main, 'baseUrl'], override, 'environment TAMMA_AI_BASE_URL');
  for (const name of new Set([...Object.keys(providers), ...listUsed(value), ...(main ? [main] : [])])) {
    const row = providers[name];
    if (name === 'auto' || (override && name === main) || (isTree(row) && row.baseUrl !== undefined))
      continue;
    const vendor = isTree(row) && typeof row.vendor === 'string' ? row.vendor : undefined;
    const found = findBaseUrl(name, vendor, environment);
    if (found) put(['providers', name, 'baseUrl'], found.value, `environment ${found.name}`);
  }
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
