import { type JsonSchemaNode, toConfigJsonSchema } from '../../../src/core/config/json-schema.ts';
import { code, toTable } from './tables.ts';

export type ConfigKey = { path: string; values: string; fallback: string; meaning: string };

/** Every key that may stand in `.tamma/config.yml`, told by its schema. Free names are `<name>`. */
export function listConfigKeys(): ConfigKey[] {
  return walk(toConfigJsonSchema(), '');
}

/** The reference: a heading and a table a section. */
export function renderConfigKeys(): string {
  const sections = Object.entries(toConfigJsonSchema().properties ?? {});
  const keys = listConfigKeys();
  const single = keys.filter(({ path }) => !path.includes('.'));
  const grouped = sections.filter(([name]) => keys.some(({ path }) => path.startsWith(`${name}.`)));
  return [
    renderTable(single),
    ...grouped.flatMap(([name, { description }]) => [
      `### ${name}`,
      String(description),
      renderTable(keys.filter(({ path }) => path.startsWith(`${name}.`))),
    ]),
  ].join('\n\n');
}

function renderTable(keys: readonly ConfigKey[]): string {
  const rows = keys.map(({ path, values, fallback, meaning }) => [code(path), values, fallback, meaning]);
  return toTable(['Key', 'Values', 'Default', 'Meaning'], rows);
}

function walk(node: JsonSchemaNode, path: string): ConfigKey[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const inner = path ? `${path}.${name}` : name;
    const free = child.additionalProperties;
    if (typeof free === 'object' && free.properties) {
      return walk(free, `${inner}.<${name === 'steps' ? 'STEP' : 'name'}>`);
    }
    const isGroup =
      child.properties && Object.values(child.properties).every(({ description }) => description);
    return isGroup ? walk(child, inner) : [toKey(inner, child)];
  });
}

function toKey(path: string, node: JsonSchemaNode): ConfigKey {
  const fallback = 'default' in node ? code(JSON.stringify(node.default)) : '';
  return { path, values: describeValues(node), fallback, meaning: String(node.description ?? '') };
}

function describeValues(node: JsonSchemaNode): string {
  if (node.anyOf) return node.anyOf.map(describeValues).join(' or ');
  if (node.enum) return node.enum.map((value) => code(String(value))).join(', ');
  if ('const' in node) return code(String(node.const));
  switch (node.type) {
    case 'integer':
    case 'number':
      return describeRange(node);
    case 'array':
      return node.maxItems === 0 ? 'empty list' : 'list of texts';
    case 'object':
      return node.properties
        ? `mapping of ${Object.keys(node.properties).map(code).join(', ')}`
        : 'empty mapping';
    case 'string':
      return node.format === 'uri' ? 'URL' : 'text';
    default:
      return String(node.type);
  }
}

function describeRange({ type, minimum, maximum }: JsonSchemaNode): string {
  const noun = type === 'integer' ? 'whole number' : 'number';
  return maximum === undefined ? `${noun} from ${minimum}` : `${noun} ${minimum} to ${maximum}`;
}
