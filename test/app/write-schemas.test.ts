import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildSchemas, writeSchemas } from '../../src/app/write-schemas.ts';
import { eventTypes } from '../../src/core/events/catalogue.ts';

const published = join(import.meta.dirname, '..', '..', 'events-schema');

function readAll(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  );
}

describe('the published schemas', () => {
  test('are what the code gives: run `npm run schema` where they are not', () => {
    expect(readAll(published)).toEqual(buildSchemas());
  });

  test('are one file an event type, one for the envelope, one for the configuration, and an index of them', () => {
    const index = JSON.parse(buildSchemas()['index.json'] ?? '');
    expect(index.events.map(({ type }: { type: string }) => type)).toEqual(eventTypes);
    for (const { schema } of index.events) expect(buildSchemas()).toHaveProperty([schema]);
    expect(buildSchemas()).toHaveProperty([index.envelope]);
    expect(buildSchemas()).toHaveProperty([index.config]);
  });

  test('describe whole events: type, data, and what a store adds', () => {
    const schema = JSON.parse(buildSchemas()['GATE.PASSED.json'] ?? '');
    expect(schema.properties.type.const).toBe('GATE.PASSED');
    expect(schema.properties.data.required).toContain('gateId');
    expect(schema.required).not.toContain('position');
    expect(schema.properties.position.type).toBe('integer');
  });

  test('come out the same twice, and leave nothing of types that are gone', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tamma-schemas-'));
    writeFileSync(join(directory, 'OLD.EVENT.json'), '{}');
    const count = writeSchemas(directory);
    expect(readAll(directory)).toEqual(buildSchemas());
    expect(readdirSync(directory)).toHaveLength(count);
    rmSync(directory, { recursive: true });
  });
});
