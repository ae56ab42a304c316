import type { Operation, Parameter } from './openapi-contract.ts';

export type OperationRoute = {
  key: string;
  method: string;
  names: string[];
  pattern: RegExp;
  operation: Operation;
  parameters: Parameter[];
  weight: number;
};

const METHODS = ['get', 'put', 'post', 'patch', 'delete', 'head'];
/** Path parameters that may hold slashes. */
const MULTI_SEGMENT = new Set(['path', 'ref', 'basehead', 'branch']);

/** Most literal segments first, so that /pulls/comments is tried before /pulls/{number}. */
export function toRoutes(
  paths: Record<string, Record<string, Operation>>,
  resolve: (parameter: Parameter) => Parameter,
): OperationRoute[] {
  const routes = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      const shared = (item as { parameters?: Parameter[] }).parameters ?? [];
      return operation ? [toRoute(method, path, operation, shared, resolve)] : [];
    }),
  );
  return routes.sort((a, b) => b.weight - a.weight);
}

function toRoute(
  method: string,
  path: string,
  operation: Operation,
  shared: readonly Parameter[],
  resolve: (parameter: Parameter) => Parameter,
): OperationRoute {
  const literals = (path.match(/\/[^{/]+/g) ?? []).length;
  return {
    key: `${method} ${path}`,
    method,
    ...toPattern(path),
    operation,
    parameters: [...shared, ...(operation.parameters ?? [])].map(resolve),
    weight: literals * 100 + path.split('/').length,
  };
}

/** A path with `{names}` as a pattern; also how the forge's own routes are matched. */
export function toPattern(path: string): { names: string[]; pattern: RegExp } {
  const names: string[] = [];
  const source = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{([^}]+)\}/g, (_match, name: string) => {
    names.push(name);
    return name === 'path' ? '(.*?)' : MULTI_SEGMENT.has(name) ? '(.+?)' : '([^/]+)';
  });
  return { names, pattern: new RegExp(`^${source}$`) };
}

export function findRoute<T extends { method: string; pattern: RegExp }>(
  routes: readonly T[],
  method: string,
  path: string,
): T | undefined {
  return routes.find((route) => route.method === method.toLowerCase() && route.pattern.test(path));
}
