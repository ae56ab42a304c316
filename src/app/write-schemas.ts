import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { toConfigJsonSchema } from '../core/config/json-schema.ts';
import { type EventType, eventData, eventTypes, schemaVersions } from '../core/events/catalogue.ts';
import { envelope, loggedEnvelope } from '../core/events/envelope.ts';
import { upcasters } from '../core/events/upcasters.ts';

/** An event before a store has taken it in, and as it stands in the log, both fit. */
const published = envelope.extend(
  loggedEnvelope.pick({ v: true, position: true, prevHash: true, hash: true }).partial().shape,
);

/** Every file of `events-schema/`, by name: what the code checks, as JSON Schema 2020-12. The same code gives the same bytes. */
export function buildSchemas(): Record<string, string> {
  const files: Record<string, unknown> = {
    'envelope.json': describe(
      'Tamma event',
      'Any event, as it is exported. `data` depends on `type`.',
      published,
    ),
    'config.schema.json': toConfigJsonSchema(),
    'index.json': {
      envelope: 'envelope.json',
      config: 'config.schema.json',
      events: eventTypes.map((type) => ({
        type,
        version: schemaVersions[type] ?? 1,
        schema: `${type}.json`,
      })),
    },
  };
  for (const type of eventTypes) {
    files[`${type}.json`] = describeEvent(type, schemaVersions[type] ?? 1, eventData[type]);
    for (const [version, row] of Object.entries(upcasters[type] ?? {}))
      if (row) files[`${type}.v${version}.json`] = describeEvent(type, Number(version), row.schema);
  }
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, `${JSON.stringify(content, null, 2)}\n`]),
  );
}

function describeEvent(type: EventType, version: number, data: z.ZodType): unknown {
  const schema = published.extend({ type: z.literal(type), data });
  return describe(type, `The whole event; version ${version} of its data.`, schema);
}

function describe(title: string, description: string, schema: z.ZodType): unknown {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12' });
  return { $schema, title, description, ...rest };
}

/** Makes `directory` hold exactly these files. */
export function writeSchemas(directory: string): number {
  const files = buildSchemas();
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory)) if (!(name in files)) rmSync(join(directory, name));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return Object.keys(files).length;
}

// Run as `npm run schema`; imported by the test that compares.
if (import.meta.main) {
  const directory = join(dirname(dirname(import.meta.dirname)), 'events-schema');
  process.stdout.write(`${directory}: ${writeSchemas(directory)} files\n`);
}
