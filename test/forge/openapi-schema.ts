const NAME_MAPS = new Set(['properties', 'patternProperties', 'schemas', 'parameters', 'responses']);
const ANNOTATIONS = new Set(['example', 'examples', 'externalDocs']);

type Node = Record<string, unknown>;

/** Where the schema of a component is known by its name. */
export const SCHEMAS = 'spec://schemas/';

/** OpenAPI 3.0's dialect as JSON Schema: `nullable`, annotations, references to components by their own ids. */
export function toJsonSchema(node: object): Node {
  return convert(node, false) as Node;
}

function convert(node: unknown, isNameMap: boolean): unknown {
  if (Array.isArray(node)) return node.map((child) => convert(child, false));
  if (node === null || typeof node !== 'object') return node;
  const out: Node = {};
  for (const [key, value] of Object.entries(node)) {
    if (!isNameMap && (ANNOTATIONS.has(key) || key.startsWith('x-'))) continue;
    if (!isNameMap && key === '$ref' && typeof value === 'string')
      out.$ref = value.replace(/^#\/components\/schemas\//, SCHEMAS);
    else out[key] = convert(value, !isNameMap && NAME_MAPS.has(key));
  }
  return isNameMap || out.nullable !== true ? out : withNull(out);
}

function withNull({ nullable: _nullable, ...schema }: Node): Node {
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
  if (typeof schema.type === 'string') return { ...schema, type: [schema.type, 'null'] };
  return schema.type ? schema : { anyOf: [schema, { type: 'null' }] };
}
