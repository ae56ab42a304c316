import { z } from 'zod';
import type { Path } from './read-text.ts';
import { configSchema } from './schema.ts';

export type JsonSchemaNode = {
  properties?: Record<string, JsonSchemaNode>;
  additionalProperties?: JsonSchemaNode | boolean;
  propertyNames?: JsonSchemaNode;
  items?: JsonSchemaNode;
  anyOf?: JsonSchemaNode[];
  enum?: unknown[];
  [keyword: string]: unknown;
};

/** JSON Schema 2020-12 of the configuration file as a person writes it: for editors, and for `tamma config schema`. */
export function toConfigJsonSchema(): JsonSchemaNode {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' }) as JsonSchemaNode;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tamma configuration (.tamma/config.yml)',
    description: 'Every key is optional; an empty file works.',
    ...schema,
  };
}

/** The keys that may stand at `path`; empty where the names are free or nothing may stand. */
export function listKeys(schema: JsonSchemaNode, path: Path): string[] {
  let node: JsonSchemaNode | undefined = schema;
  for (const segment of path) {
    node = stepInto(node, segment);
    if (!node) return [];
  }
  const names = node.propertyNames?.enum;
  if (Array.isArray(names)) return names.filter((name) => typeof name === 'string');
  return Object.keys(node.properties ?? {});
}

function stepInto(node: JsonSchemaNode, segment: string | number): JsonSchemaNode | undefined {
  if (typeof segment === 'number') return node.items;
  const named =
    node.properties && Object.hasOwn(node.properties, segment) ? node.properties[segment] : undefined;
  if (named) return named;
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}
