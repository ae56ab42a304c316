import fc from 'fast-check';
import { z } from 'zod';
import { type EventType, eventData, eventTypes, schemaVersions } from '../../src/core/events/catalogue.ts';
import type { NewEvent } from '../../src/core/events/event.ts';

type JsonSchema = {
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly JsonSchema[];
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  propertyNames?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
};

const TIMES = ['2026-11-19T23:59:59.999Z', '2026-11-20T08:00:00.000Z', '2026-11-20T09:30:00.123Z'];

/** Events that fit their schemas and mean anything: few different values, so that they meet each other. */
export function arbitraryEvent(
  issues: readonly string[] = ['7'],
  types: readonly EventType[] = eventTypes,
): fc.Arbitrary<NewEvent> {
  return fc.constantFrom(...types).chain((type) => arbitraryEventOf(type, issues));
}

const arbitraryData = new Map<EventType, fc.Arbitrary<unknown>>();

function arbitraryDataOf(type: EventType): fc.Arbitrary<unknown> {
  const data = arbitraryData.get(type) ?? toArbitrary(z.toJSONSchema(eventData[type]) as JsonSchema);
  arbitraryData.set(type, data);
  return data;
}

function arbitraryEventOf(type: EventType, issues: readonly string[]): fc.Arbitrary<NewEvent> {
  return fc.record({
    id: arbitraryId,
    type: fc.constant(type),
    timestamp: fc.constantFrom(...TIMES),
    tags: fc.record(
      {
        issueId: fc.constantFrom(...issues),
        stepId: fc.constantFrom('DESIGN', 'CODE_GENERATION'),
        source: fc.constantFrom('comment-1', 'comment-2', 'review-3'),
      },
      { requiredKeys: [] },
    ),
    metadata: fc.constantFrom('alice', 'bob').map((login) => ({
      schemaVersion: schemaVersions[type] ?? 1,
      workflowVersion: '1',
      eventSource: 'system',
      actor: { kind: 'human', id: login, login },
      correlationId: 'loop',
    })),
    data: arbitraryDataOf(type),
  }) as fc.Arbitrary<unknown> as fc.Arbitrary<NewEvent>;
}

const arbitraryId = fc.uuid({ version: 7 });

function toArbitrary(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(toArbitrary));
  switch (schema.type) {
    case 'object':
      return toArbitraryObject(schema);
    case 'array': {
      const { items = {}, minItems = 0, maxItems = 3 } = schema;
      return fc.array(toArbitrary(items), {
        minLength: minItems,
        maxLength: Math.max(minItems, Math.min(maxItems, 2)),
      });
    }
    case 'string':
      return toArbitraryString(schema);
    case 'integer': {
      const min = Math.max(schema.minimum ?? 0, 0);
      return fc.integer({ min, max: min + 3 });
    }
    case 'number':
      return fc.constantFrom(0, 0.25, 1.5).map((value) => Math.max(value, schema.minimum ?? 0));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}`);
  }
}

function toArbitraryObject(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { properties, required = [], propertyNames = {}, additionalProperties } = schema;
  if (properties) {
    const fields = Object.entries(properties).map(([key, value]) => [key, toArbitrary(value)] as const);
    return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
  }
  const values = typeof additionalProperties === 'object' ? additionalProperties : { type: 'string' };
  const keys = toArbitrary({ type: 'string', ...propertyNames }) as fc.Arbitrary<string>;
  return fc.dictionary(keys, toArbitrary(values), { maxKeys: 2 });
}

/** Two texts for every pattern, long enough and short enough. */
function toArbitraryString({ pattern, minLength = 0, maxLength = 100 }: JsonSchema): fc.Arbitrary<string> {
  const known = PATTERNS.find(([source]) => pattern === source);
  if (known) return fc.constantFrom(...known[1]);
  if (pattern) return fc.stringMatching(new RegExp(pattern));
  return fc.constantFrom('a', 'ü “b”', '').map((text) => text.padEnd(minLength, '-').slice(0, maxLength));
}

const PATTERNS: readonly (readonly [string, readonly string[]])[] = [
  ['^[0-9a-f]{40}([0-9a-f]{24})?$', ['a'.repeat(40), 'b'.repeat(40)]],
  ['^[0-9a-f]{64}$', ['c'.repeat(64), 'd'.repeat(64)]],
];
